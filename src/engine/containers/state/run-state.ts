// What is known of the present run of a container, from its running state and the kernel: docs/plan.md, "The end of a container".

import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { TeuError } from "../../../base/errors.ts";
import { failedWith } from "../../../base/file-errno.ts";
import type { ContainerRow } from "../../../containers/state/rows.ts";
import { isAlive } from "../../../kernel/state/process.ts";
import { type ContainerRecord, containerDir, readMaker, readPid, readRecord } from "../../../kernel/state/record.ts";
import { readStatus, type Status } from "../../../kernel/state/status.ts";
import { workersIn } from "../../../kernel/state/workers.ts";
import type { Engine } from "../../engine.ts";

export type RunState =
  | { readonly kind: "none" }
  /** Somebody is at it: the command that makes it, its program, or its monitor that has not said yet how the program ended. */
  | { readonly kind: "alive"; readonly status: Status | "ending"; readonly pid: number; readonly record: ContainerRecord | undefined }
  /** `exit` is undefined where nobody saw the end; `begun` is false where it did not come so far as to have a process. */
  | { readonly kind: "over"; readonly record: ContainerRecord | undefined; readonly exit: RunExit | undefined; readonly begun: boolean };

export interface RunExit {
  /** 128 + n when signal n ended it. */
  readonly exitCode: number;
  /** Milliseconds since the epoch. */
  readonly finished: number;
}

/** A directory, of state or of a container, that does not even say who makes it is younger than this while somebody does. */
export const MAKING_MS = 60_000;

/** Looks at the running state of a container, and at the processes that it names. */
export function runState({ runtime: { root } }: Pick<Engine, "runtime">, id: string): RunState {
  const dir = containerDir(root, id);
  try {
    const record = readRecord(root, id);
    if (record === undefined) {
      const maker = readMaker(dir);
      const isMade = maker === undefined ? Date.now() - statSync(dir).mtimeMs < MAKING_MS : isAlive(maker.pid, maker.start);
      return isMade ? { kind: "alive", status: "creating", pid: 0, record } : { kind: "over", record, exit: undefined, begun: false };
    }
    const { status, pid } = readStatus(root, id, record);
    if (status !== "stopped") return { kind: "alive", status, pid, record };
    // The monitor is looked at first: it may write how the program ended and go between the two.
    const keeper = record.monitor ?? record.creator;
    const attended = isAlive(keeper.pid, keeper.start);
    const exit = readExit(dir);
    const begun = readPid(dir) !== undefined;
    if (exit === undefined && (attended || isWorkedOn(dir, record)))
      return { kind: "alive", status: begun ? "ending" : "creating", pid: 0, record };
    return { kind: "over", record, exit, begun };
  } catch (error) {
    if (isGone(error)) return { kind: "none" };
    throw error;
  }
}

/**
 * Whether the run that a row tells of goes on. Another may have begun since, which its command has not written down yet: that one is no business of
 * whoever has come for the first.
 */
export function goesOn(engine: Pick<Engine, "runtime">, { id, started }: Pick<ContainerRow, "id" | "started">): boolean {
  const state = runState(engine, id);
  return state.kind === "alive" && state.pid !== 0 && state.record !== undefined && Date.parse(state.record.created) === started;
}

/** Who started the launcher was killed before it had written down which that is: it goes on all the same. */
function isWorkedOn(dir: string, { monitor, bundle }: ContainerRecord): boolean {
  return monitor === undefined && bundle === dir && workersIn(dir).length > 0;
}

function isGone(error: unknown): boolean {
  if (error instanceof TeuError) return error.code === "not-found";
  return failedWith(error, "ENOENT");
}

/** What a monitor has written of the end, in a directory of its program's own. */
export function readExit(dir: string): RunExit | undefined {
  const path = join(dir, "exit");
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
  const [, kind, number] = /^(exited|signaled) (\d+)/.exec(text) ?? [];
  if (kind === undefined) return undefined;
  return { exitCode: kind === "exited" ? Number(number) : 128 + Number(number), finished: Math.trunc(statSync(path).mtimeMs) };
}
