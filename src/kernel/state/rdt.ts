// The container's part of resctrl (Intel RDT): what a class has, looked up before the plan, and the group that goes with the container.
import { readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { ERRNO } from "../../base/errno.ts";
import { KernelError } from "../../base/errors.ts";
import { reasonOf } from "../../base/file-errno.ts";

/** The schemata of a class of service; undefined when there is no such class. */
export function readSchemata(directory: string): string | undefined {
  try {
    return readFileSync(join(directory, "schemata"), "utf8");
  } catch {
    return undefined;
  }
}

/**
 * Removes the container's own group; its processes, if any are left, fall back to the default one.
 * @throws KernelError for a group that stays
 */
export function releaseRdtGroup(directory: string | undefined): void {
  if (directory === undefined) return;
  try {
    rmdirSync(directory);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") return;
    throw new KernelError(`remove ${directory}: linux.intelRdt: ${reasonOf(error)}`, {
      errno: Object.entries(ERRNO).find(([name]) => name === code)?.[1] ?? ERRNO.EIO,
      field: "linux.intelRdt",
    });
  }
}
