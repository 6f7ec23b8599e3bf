// Reading and writing cgroup files of a live container: small, synchronous, with the errors that these files have.
import { closeSync, constants, openSync, readFileSync, writeSync } from "node:fs";
import { ERRNO, type Errno, errnoPhrase } from "../../../base/errno.ts";
import { KernelError } from "../../../base/errors.ts";

/** A container's directories as recorded: controller → absolute path, `unified` for v2. */
export type CgroupPaths = Readonly<Record<string, string>>;

/** Ways in which a cgroup file is not there: never was, its cgroup went away while it was read, a threaded cgroup, PSI off. */
const ABSENT: ReadonlySet<string> = new Set(["ENOENT", "ENODEV", "EOPNOTSUPP", "ENOTSUP"]);

/** The name of the errno of a failed call of node:fs, or undefined where the error is something else. */
export function errnoOf(error: unknown): Errno | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  if (error.code === "ENOTSUP") return "EOPNOTSUPP"; // one number, two names
  return error.code in ERRNO ? (error.code as Errno) : undefined;
}

/** A failed call as a KernelError: `write /sys/fs/cgroup/…: invalid argument (EINVAL)`. */
export function kernelError(what: string, error: unknown, field = "linux.cgroupsPath"): Error {
  const errno = errnoOf(error);
  if (errno === undefined) return error instanceof Error ? error : new Error(String(error));
  return new KernelError(`${what}: ${errnoPhrase(ERRNO[errno])}`, { errno: ERRNO[errno], field });
}

/**
 * The text of a file, or undefined where there is no such file.
 * @throws KernelError for any other failure
 */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    if (ABSENT.has((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw kernelError(`read ${path}`, error);
  }
}

/** write(2) of one value to an existing file, as the kernel's parsers want it: in one call. Throws node's own error. */
export function writeValue(path: string, data: string): void {
  const fd = openSync(path, constants.O_WRONLY);
  try {
    writeSync(fd, data);
  } finally {
    closeSync(fd);
  }
}

/** Blocks this thread: the waits of freezing and removal are a few milliseconds, within commands that do nothing else. */
export function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
