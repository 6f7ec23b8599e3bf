// Where the built executables are, also for an ordinary user: a clone below /root, or any other closed folder, is out of its reach.
import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { REPOSITORY } from "../../tools/source-files.ts";
import { cached } from "./rootfs.ts";

export type ExecutableName = "teu" | "teu-runtime" | "teu-launcher" | "hello";

const BIN = join(REPOSITORY, "bin");

/** Absolute path of one of the built executables. */
export const executable = (name: ExecutableName): string => join(BIN, name);

/** Whether everybody may pass through a folder and all above it. */
export function isOpen(folder: string): boolean {
  if ((statSync(folder).mode & 0o001) === 0) return false;
  return folder === "/" || isOpen(dirname(folder));
}

/** A folder with the executables that every user can reach: the built one, or a copy in the cache. */
export async function openBin(): Promise<string> {
  if (isOpen(BIN)) return BIN;
  const { mtimeMs, size } = statSync(executable("teu"));
  const script = `for old in "$(dirname "$1")"/bin-*; do case "$old" in "$1" | *.lock) ;; *) rm -rf "$old" ;; esac; done
    cp --archive "$2"/. "$1"`;
  return cached(`bin-${mtimeMs.toString(36)}-${size}`, script, [BIN]);
}
