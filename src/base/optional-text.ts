// Files that a host may lack, or that may just have gone: those of /proc, of cgroups, resolv.conf.
import { readFileSync } from "node:fs";

/** The text of a file; undefined where it cannot be read, for whatever reason. */
export function optionalText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
