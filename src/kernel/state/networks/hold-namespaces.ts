// A user namespace with a network namespace of its own, held by a tiny process for as long as somebody needs them: where an ordinary user's
// bridge networks are. Containers' user namespaces nest in it, and their monitors hold both namespaces as well, so that they outlive the
// holder while a container runs.
//
//   host                                            child
//   channel; clone CLONE_NEWUSER|CLONE_NEWNET ----> await 1
//   uid_map, gid_map; signal 1; await the end       loopback up; hold: no descriptor, no terminal, until SIGTERM
//
// The launcher then leaves the process to whoever reaps the host's orphans.
import { mkdirSync } from "node:fs";
import { TeuError } from "../../../base/errors.ts";
import { openProcOps } from "../../compile/proc.ts";
import { BARRIER } from "../../compile/request.ts";
import { mapOps } from "../../idmap/map-ops.ts";
import { launchNow } from "../../launch/launch-now.ts";
import { loopbackUpOps } from "../../netlink/interfaces/loopback.ts";
import { op, type Plan, Registers } from "../../plan/plan.ts";
import { REPORT } from "../../plan/report.ts";
import type { HostFacts } from "../../probe/host-facts.ts";
import { namespaceFacts } from "../../tables/namespaces.ts";
import type { RuntimeContext } from "../context.ts";
import { isAlive, readProcess } from "../process.ts";
import type { IdMaps } from "../side-plan.ts";
import type { NamespaceHolder } from "./open-namespaces.ts";

const FROM = "network";

/** What the process calls itself. */
export const HOLDER_NAME = "teu-networks";

/**
 * Makes both namespaces and the process that holds them.
 * @param pidFile where the process is on record before it does anything
 * @throws KernelError when the kernel refuses; TeuError `unsupported` where the maps need programs that are not installed
 */
export function holdNamespaces(context: RuntimeContext, maps: IdMaps, pidFile?: string): NamespaceHolder {
  mkdirSync(context.root, { recursive: true, mode: 0o711 });
  const records = launchNow(holdPlan(maps, context.facts(), pidFile), { launcher: context.launcher, dir: context.root });
  const pid = Number(records.find(({ kind }) => kind === "pid")?.value ?? -1);
  const start = readProcess(pid)?.start;
  if (start === undefined) throw new TeuError("unavailable", "make the user's network namespace: the process that holds it has ended");
  return { pid, start, maps };
}

function holdPlan(maps: IdMaps, facts: HostFacts, pidFile: string | undefined): Plan {
  const registers = new Registers();
  const [near, far] = [registers.named("near"), registers.named("far")];
  const [proc, pid, pidDir] = [registers.named("proc"), registers.named("pid"), registers.named("pid dir")];
  const flags = namespaceFacts("user").flag | namespaceFacts("network").flag;
  return {
    sections: [
      {
        name: "host",
        ops: [
          ...openProcOps(proc, facts.arch),
          op("channel", { a: near, b: far }, FROM),
          op("clone", { section: 1, flags, cgroup: undefined, pid, pidfd: undefined }, FROM),
          op("close", { fd: far }, FROM),
          ...(pidFile === undefined ? [] : [op("putFile", { dir: undefined, path: pidFile, mode: 0o600, data: [{ decimal: pid }] }, FROM)]),
          op("openPid", { proc, pid, out: pidDir }, FROM),
          ...mapOps({ pid, pidDir, uidMappings: maps.uids, gidMappings: maps.gids }, facts),
          op("signal", { channel: near, number: BARRIER.mapped }, FROM),
          op("await", { channel: near, number: BARRIER.executed }, FROM),
          op("report", { kind: REPORT.pid, value: pid }, FROM),
        ],
      },
      {
        name: "child",
        ops: [
          op("close", { fd: near }, FROM),
          op("setsid", {}, FROM),
          op("await", { channel: far, number: BARRIER.mapped }, FROM),
          ...loopbackUpOps(),
          op("hold", { name: HOLDER_NAME }, FROM),
        ],
      },
    ],
    registers: registers.names,
  };
}

/** Ends a holder; its namespaces go when nobody else has them. */
export function endHolder({ pid, start, monitor }: NamespaceHolder): void {
  if (monitor !== true && isAlive(pid, start)) process.kill(pid, "SIGTERM");
}
