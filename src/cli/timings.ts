// `run --timings`: what each section of the plan and its slowest ops took, by the launcher's own clock.
import type { RunningExec } from "../engine/containers/exec/exec.ts";
import type { Compiled } from "../kernel/compile/request.ts";
import { opAt } from "../kernel/launch/failure.ts";
import type { Launched } from "../kernel/launch/launcher.ts";
import type { ReportRecord } from "../kernel/launch/records.ts";
import type { Prepared } from "../kernel/state/prepared.ts";
import type { CliContext } from "./command.ts";

const SLOWEST = 10;
const NS_PER_MS = 1e6;

/** Prints the table to standard error once the launcher has ended. */
export async function showTimings(launched: Launched, prepared: Prepared, context: CliContext): Promise<void> {
  const { records } = await launched.ended;
  context.err(timingsText((await prepared.source()).compiled, records));
}

/** The same of an exec. */
export async function showExecTimings({ launched, prepared }: RunningExec, context: CliContext): Promise<void> {
  const { records } = await launched.ended;
  context.err(timingsText({ plan: await prepared.plan() }, records));
}

/** The table as text: a line a section, then the slowest ops. */
export function timingsText({ plan }: Pick<Compiled, "plan">, records: readonly ReportRecord[]): string {
  const times = records.filter(({ kind }) => kind === "time");
  let first = 0;
  const sections = plan.sections.map(({ name, ops }) => {
    const mine = times.filter(({ op }) => op >= first && op < first + ops.length && !isWait(plan, op));
    first += ops.length;
    return `  ${name.padEnd(8)} ${milliseconds(mine.reduce((sum, { value }) => sum + value, 0n))} ms in ${mine.length} ops`;
  });
  const slowest = times
    .filter(({ op }) => !isWait(plan, op))
    .toSorted((a, b) => Number(b.value - a.value))
    .slice(0, SLOWEST)
    .map(({ op, value }) => {
      const known = opAt(plan, op);
      return `  ${milliseconds(value)} ms  ${String(op).padStart(4)} ${known?.name ?? "?"} ${known?.subject ?? known?.args.path ?? ""}  # ${known?.from ?? "?"}`;
    });
  return ["time by section, waits left out:", ...sections, "slowest ops:", ...slowest, ""].join("\n");
}

/** Ops that wait for another process say nothing of what they cost. */
function isWait(plan: Compiled["plan"], index: number): boolean {
  const name = opAt(plan, index)?.name;
  return name === "await" || name === "monitor" || name === "acceptStart" || name === "recvFd" || name === "recvValue";
}

function milliseconds(nanoseconds: bigint): string {
  return (Number(nanoseconds) / NS_PER_MS).toFixed(3).padStart(7);
}
