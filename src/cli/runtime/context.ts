// Makes the runtime's context from global flags and environment.
import { join } from "node:path";
import type { HostFacts } from "../../kernel/probe/host-facts.ts";
import type { RuntimeContext } from "../../kernel/state/context.ts";
import type { CliContext } from "../command.ts";
import { SPEC_VERSION } from "../version.ts";
import { readHostFacts } from "./facts.ts";
import type { Log } from "./log.ts";
import type { GlobalFlagValues } from "./runtime.ts";

/** Where running state lies: `$TEU_RUN_ROOT`, else /run/teu, without root below `$XDG_RUNTIME_DIR` or, where a login gave none, /tmp. */
export function defaultRunRoot({ env }: CliContext): string {
  const uid = process.geteuid?.() ?? 0;
  if (env.TEU_RUN_ROOT !== undefined && env.TEU_RUN_ROOT !== "") return env.TEU_RUN_ROOT;
  if (uid === 0) return "/run/teu";
  return env.XDG_RUNTIME_DIR === undefined || env.XDG_RUNTIME_DIR === "" ? `/tmp/teu-${uid}` : join(env.XDG_RUNTIME_DIR, "teu");
}

export function runtimeContext(flags: GlobalFlagValues, context: CliContext, log: Log): RuntimeContext {
  const runRoot = defaultRunRoot(context);
  let facts: HostFacts | undefined;
  return {
    root: flags.root ?? join(runRoot, "containers"),
    launcher: join(context.home, "teu-launcher"),
    cacheDir: join(runRoot, "seccomp"),
    cgroupDriver: flags["systemd-cgroup"] === true ? "systemd" : "cgroupfs",
    clamp: false,
    ociVersion: SPEC_VERSION,
    facts: () => {
      facts ??= readHostFacts();
      return facts;
    },
    now: () => new Date(),
    warn: (message) => log.warn(message),
  };
}
