// Several values of a live cgroup as one change: all are set, or, when one is refused, those before it are put back.
//
// Some values bind each other (memory.limit <= memory.memsw, cfs_quota / cfs_period within the parent's, burst <= quota),
// so whether one goes first depends on what is there now. Instead of knowing each pair, a refused value waits until
// another has gone through and is tried again; only when a whole round gets nothing through is the first refusal final.
import type { Errno } from "../../../base/errno.ts";
import type { CgroupWrite } from "../write.ts";
import { errnoOf, kernelError, readText, writeValue } from "./files.ts";
import { restoredValue } from "./restore.ts";

/** A write with the directory that it goes to. */
export interface LiveWrite extends CgroupWrite {
  readonly directory: string;
}

interface Undo {
  readonly path: string;
  readonly data: string;
}

/** Refusals that another write may lift. */
const MAY_PASS: ReadonlySet<Errno> = new Set(["EINVAL", "EBUSY", "ENOSPC"]);

/**
 * Carries the writes out.
 * @returns a function that puts the old values back, for when a later step of the caller's fails
 * @throws KernelError naming file and field of the first value refused; the old values are back then
 */
export function applyWrites(writes: readonly LiveWrite[]): () => void {
  const undos: Undo[] = [];
  const undo = () => restore(undos.toReversed());
  try {
    let waiting = pairFallbacks(writes);
    while (waiting.length > 0) {
      const refused = waiting.filter((choices) => !tryWrite(choices, undos));
      const [first] = refused;
      if (first !== undefined && refused.length === waiting.length) insist(first, undos);
      waiting = refused;
    }
  } catch (error) {
    undo();
    throw error;
  }
  return undo;
}

/** A write with the fallbacks that follow it. */
type Choices = readonly LiveWrite[];

function pairFallbacks(writes: readonly LiveWrite[]): Choices[] {
  const all: LiveWrite[][] = [];
  for (const write of writes) {
    if (write.fallback) all.at(-1)?.push(write);
    else all.push([write]);
  }
  return all;
}

/** True when it went through or was tolerated; false when it may yet go through. */
function tryWrite(choices: Choices, undos: Undo[]): boolean {
  try {
    insist(choices, undos);
    return true;
  } catch (error) {
    const errno = "cause" in (error as Error) ? errnoOf((error as Error).cause) : undefined;
    if (errno !== undefined && MAY_PASS.has(errno)) return false;
    throw error;
  }
}

function insist(choices: Choices, undos: Undo[]): void {
  for (const { directory, file, data, from, tolerate } of choices) {
    const path = `${directory}/${file}`;
    const before = readText(path) ?? "";
    try {
      writeValue(path, data);
      const old = restoredValue({ file, data, before });
      if (old !== undefined) undos.push({ path, data: old });
      return;
    } catch (error) {
      const errno = errnoOf(error);
      if (errno !== undefined && tolerate?.includes(errno)) continue;
      throw Object.assign(kernelError(`write ${path}: ${from}`, error, from), { cause: error });
    }
  }
}

/** Puts values back, with the same patience; what cannot be put back (a usage has grown meanwhile) stays as it is. */
function restore(undos: readonly Undo[]): void {
  let waiting = undos;
  for (let before = Number.POSITIVE_INFINITY; waiting.length > 0 && waiting.length < before; ) {
    before = waiting.length;
    waiting = waiting.filter(({ path, data }) => !wrote(path, data));
  }
}

function wrote(path: string, data: string): boolean {
  try {
    writeValue(path, data);
    return true;
  } catch {
    return false; // tried again after the others; see restore
  }
}
