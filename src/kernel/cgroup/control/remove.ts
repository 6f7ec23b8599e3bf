// Removes a container's cgroups: with those that it made below its own, in every hierarchy.
import { rmdirSync } from "node:fs";
import { distinctDirectories } from "../join.ts";
import { type CgroupPaths, errnoOf, kernelError, pause } from "./files.ts";
import { subdirectories } from "./processes.ts";

/** A cgroup stays busy for a moment after its last process is reaped. The waits double from 1 ms: two seconds in all. */
const TRIES = 11;

/**
 * Removes every directory of `paths`; what is gone already counts as removed. All are tried, whatever fails.
 * @throws KernelError for one directory that stays, AggregateError for several
 */
export function removeCgroups(paths: CgroupPaths): void {
  const errors: Error[] = [];
  for (const directory of distinctDirectories(paths)) {
    try {
      removeTree(directory);
    } catch (error) {
      errors.push(kernelError(`rmdir ${directory}`, error));
    }
  }
  const [first] = errors;
  if (errors.length > 1) throw new AggregateError(errors, errors.map(({ message }) => message).join("; "));
  if (first !== undefined) throw first;
}

function removeTree(directory: string): void {
  if (tryRemove(directory)) return;
  for (const child of subdirectories(directory)) removeTree(child);
  for (let tried = 0; tried < TRIES; tried++) {
    if (tryRemove(directory)) return;
    pause(2 ** tried);
  }
  rmdirSync(directory); // for its error
}

/** False while it is busy: processes, or cgroups below. Other errors are thrown. */
function tryRemove(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT") return true;
    if (errno === "EBUSY" || errno === "ENOTEMPTY") return false;
    throw error;
  }
}
