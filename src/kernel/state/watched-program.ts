// A program of ours that goes on when its caller ends, and whose end somebody notices, however it comes: the launcher stays as its parent, as a
// container's monitor does, and then runs a command.
import { mkdirSync } from "node:fs";
import { BARRIER } from "../compile/request.ts";
import { planFailure } from "../launch/failure.ts";
import { FIRST_EXTRA_FD, launch } from "../launch/launcher.ts";
import { adoptHolderOps, enterHolderNetworkOps, enterHolderUserOps } from "../namespaces/holder-ops.ts";
import { encodePlan } from "../plan/encode.ts";
import { op, type Plan, Registers } from "../plan/plan.ts";
import { REPORT } from "../plan/report.ts";
import type { RuntimeContext } from "./context.ts";
import { type NamespaceHolder, openNamespaces } from "./networks/open-namespaces.ts";

export interface WatchedProgram {
  readonly args: readonly [string, ...string[]];
  /** `NAME=VALUE` */
  readonly env: readonly string[];
  /** The command that is run when the program has ended, where its caller was; without an environment. */
  readonly onExit: readonly string[];
  /** The user and the network namespace that the program, and nobody else, runs in. */
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

function watchPlan({ args, env, onExit, within }: WatchedProgram): Plan {
  const registers = new Registers();
  const [near, far] = [registers.named("near"), registers.named("far")];
  const [pid, pidfd] = [registers.named("pid"), registers.named("pidfd")];
  return {
    sections: [
      {
        name: "host",
        ops: [
          ...(within === undefined ? [] : adoptHolderOps({ user: FIRST_EXTRA_FD, network: FIRST_EXTRA_FD + 1 }, registers)),
          op("setsid", {}, FROM),
          op("channel", { a: near, b: far }, FROM),
          op("clone", { section: 1, flags: 0, cgroup: undefined, pid, pidfd }, FROM),
          op("close", { fd: far }, FROM),
          op("await", { channel: near, number: BARRIER.executed }, { from: FROM, subject: "to execute" }),
          op("report", { kind: REPORT.done, value: pid }, FROM),
          op("monitor", { pid, pidfd, pty: undefined, listener: undefined, client: undefined, dir: undefined, onExit, attended: 0 }, FROM),
        ],
      },
      {
        name: "child",
        ops: [
          op("close", { fd: near }, FROM),
          ...(within === undefined ? [] : [...enterHolderUserOps(registers), ...enterHolderNetworkOps(registers)]),
          op("exec", { candidates: [args[0]], argv: args, env }, { from: FROM, subject: args[0] }),
        ],
      },
    ],
    registers: registers.names,
  };
}
