// A server of ours that goes on when its caller ends, and comes back when it was killed: the launcher stays as its parent, starts it again, and
// keeps its sockets open meanwhile (launcher/guard.c), so that who sends to it just then waits.
import { mkdirSync } from "node:fs";
import { BARRIER } from "../compile/request.ts";
import { planFailure } from "../launch/failure.ts";
import { FIRST_EXTRA_FD, launch } from "../launch/launcher.ts";
import { adoptHolderOps, enterHolderNetworkOps, enterHolderUserOps } from "../namespaces/holder-ops.ts";
import { encodePlan } from "../plan/encode.ts";
import { op, type Plan, Registers } from "../plan/plan.ts";
import { REPORT } from "../plan/report.ts";
import { SIGNALS } from "../tables/signals.ts";
import type { RuntimeContext } from "./context.ts";
import { type NamespaceHolder, openNamespaces } from "./networks/open-namespaces.ts";
import { FIRST_PASSED_FD, WATCHER_FD } from "./watched-sockets.ts";

export interface WatchedProgram {
  readonly args: readonly [string, ...string[]];
  /** `NAME=VALUE` */
  readonly env: readonly string[];
  /** The user and the network namespace that the program, and nobody else, runs in: whoever ends those ends it by SIGTERM, and it is not started again. */
  readonly within?: NamespaceHolder;
}

/**
 * Returns when the program runs.
 * @throws TeuError `unavailable` when the launcher cannot be executed, KernelError when the program cannot
 */
export async function startWatched({ launcher, root }: Pick<RuntimeContext, "launcher" | "root">, program: WatchedProgram): Promise<void> {
  mkdirSync(root, { recursive: true, mode: 0o711 });
  const held = program.within === undefined ? undefined : openNamespaces(program.within);
  try {
    const plan = watchPlan(program);
    const extra = held === undefined ? [] : [held.user, held.network];
    const stdio = ["ignore", "ignore", "ignore"] as const;
    const { started } = launch(encodePlan(plan), { launcher, dir: root, stdio, extra, cwd: "/", detached: true });
    const failure = planFailure(plan, (await started) ?? []);
    if (failure !== undefined) throw failure;
  } finally {
    held?.close();
  }
}

const FROM = "watch";

function watchPlan({ args, env, within }: WatchedProgram): Plan {
  const registers = new Registers();
  const [near, far] = [registers.named("near"), registers.named("far")];
  const [asks, says] = [registers.named("asks"), registers.named("says")];
  const [pid, pidfd] = [registers.named("pid"), registers.named("pidfd")];
  return {
    sections: [
      {
        name: "host",
        ops: [
          ...(within === undefined ? [] : adoptHolderOps({ user: FIRST_EXTRA_FD, network: FIRST_EXTRA_FD + 1 }, registers)),
          op("setsid", {}, FROM),
          op("channel", { a: near, b: far }, FROM),
          op("channel", { a: asks, b: says }, FROM),
          op("clone", { section: 1, flags: 0, cgroup: undefined, pid, pidfd }, FROM),
          op("close", { fd: far }, FROM),
          op("await", { channel: near, number: BARRIER.executed }, { from: FROM, subject: "to execute" }),
          op("close", { fd: near }, FROM),
          op("report", { kind: REPORT.done, value: pid }, FROM),
          op("guard", { pidfd, asks, section: 1, unless: within === undefined ? 0 : SIGNALS.SIGTERM }, FROM),
        ],
      },
      {
        name: "child",
        ops: [
          ...(within === undefined ? [] : [...enterHolderUserOps(registers), ...enterHolderNetworkOps(registers)]),
          op("dup2", { from: says, fd: WATCHER_FD }, FROM),
          op("passSockets", { from: FIRST_PASSED_FD }, FROM),
          op("exec", { candidates: [args[0]], argv: args, env }, { from: FROM, subject: args[0] }),
        ],
      },
    ],
    registers: registers.names,
  };
}
