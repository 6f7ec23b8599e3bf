// A program of the host in a user namespace and a mount namespace of its own, with nothing else of a container: what `teu unshare` runs. It
// keeps its caller's session, so that a shell has its terminal.
import { mkdirSync } from "node:fs";
import { BARRIER } from "../compile/request.ts";
import { planFailure } from "../launch/failure.ts";
import { type Launched, launch } from "../launch/launcher.ts";
import { encodePlan } from "../plan/encode.ts";
import { op, type Plan, Registers } from "../plan/plan.ts";
import { REPORT } from "../plan/report.ts";
import { execCandidates } from "../process/process-ops.ts";
import type { RuntimeContext } from "./context.ts";
import { type IdMaps, mappedChildOps, releasedOps } from "./side-plan.ts";

export interface Unshared {
  readonly maps: IdMaps;
  readonly args: readonly string[];
  /** `NAME=VALUE` */
  readonly env: readonly string[];
}

/**
 * @returns the exit status of the program: 128 + n when signal n ended it
 * @throws KernelError when it could not be started
 */
export async function runUnshared(context: RuntimeContext, unshared: Unshared, attend: (launched: Launched) => void): Promise<number> {
  mkdirSync(context.root, { recursive: true, mode: 0o711 });
  const plan = unsharePlan(unshared, context);
  const launched = launch(encodePlan(plan), { launcher: context.launcher, dir: context.root });
  attend(launched);
  const { exitCode, records } = await launched.ended;
  const failure = records.some(({ kind }) => kind === "done") ? undefined : planFailure(plan, records);
  if (failure !== undefined) throw failure;
  return exitCode;
}

const FROM = "unshare";

function unsharePlan({ maps, args, env }: Unshared, context: RuntimeContext): Plan {
  const registers = new Registers();
  const [near, far] = [registers.named("near"), registers.named("far")];
  const [pid, pidfd] = [registers.named("pid"), registers.named("pidfd")];
  const child = { maps, from: FROM, facts: context.facts(), near, far, pid, pidfd };
  const held = { pty: undefined, listener: undefined, client: undefined, dir: undefined, onExit: [], attended: 0 };
  return {
    sections: [
      {
        name: "host",
        ops: [
          ...mappedChildOps(registers, child),
          op("await", { channel: near, number: BARRIER.executed }, { from: FROM, subject: "to execute" }),
          op("report", { kind: REPORT.done, value: pid }, FROM),
          op("monitor", { pid, pidfd, ...held }, FROM),
        ],
      },
      {
        name: "child",
        ops: [
          ...releasedOps(child),
          op("exec", { candidates: execCandidates(args[0] ?? "", env), argv: args, env }, { from: "process.args", subject: args[0] ?? "" }),
        ],
      },
    ],
    registers: registers.names,
  };
}
