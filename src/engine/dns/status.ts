// Where the name server listens, for whoever waits for that: `<run root>/dns.json`. It says nothing of whether the server still runs; the bell does.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeAtomically } from "../../base/atomic-file.ts";

export interface Listened {
  readonly address: string;
  /** Absent where it could not be listened on. */
  readonly port?: number;
  /** Why. */
  readonly problem?: string;
}

export interface Status {
  readonly listened: readonly Listened[];
  /** The process that has the name server back when it is killed; one that is alone has none. */
  readonly watcher?: { readonly pid: number; readonly start: string };
}

const pathOf = (runRoot: string): string => join(runRoot, "dns.json");

export function writeStatus(runRoot: string, status: Status): void {
  writeAtomically(pathOf(runRoot), JSON.stringify(status));
}

export function readStatus(runRoot: string): Status {
  try {
    return JSON.parse(readFileSync(pathOf(runRoot), "utf8"));
  } catch {
    return { listened: [] }; // none has listened yet
  }
}
