// `--systemd-cgroup`: the driver that has systemd make cgroups, and the helper by which a plan asks for one.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { planSystemdCgroup } from "../../kernel/cgroup/systemd/plan.ts";
import { decodeScopeRequest } from "../../kernel/cgroup/systemd/request.ts";
import { SYSTEM_SOCKETS, startScope, userSockets } from "../../kernel/cgroup/systemd/scope.ts";
import type { SystemdDriver } from "../../kernel/state/context.ts";
import type { CliContext } from "../command.ts";

/** The system's own systemd for root, the user's for everybody else. */
export function systemdDriver({ env, home }: CliContext): SystemdDriver {
  const user = { address: env.DBUS_SESSION_BUS_ADDRESS, runtimeDir: env.XDG_RUNTIME_DIR };
  const sockets = process.geteuid?.() === 0 ? SYSTEM_SOCKETS : userSockets(user);
  const helper = [join(home, "teu"), "internal", "systemd-scope"];
  return { sockets, planCgroup: (request, registers) => planSystemdCgroup({ ...request, sockets, helper }, registers) };
}

const STDIN = 0;

/** `teu internal systemd-scope`. @throws as startScope */
export async function makeScope(): Promise<number> {
  await startScope(decodeScopeRequest(readFileSync(STDIN, "utf8")));
  return 0;
}
