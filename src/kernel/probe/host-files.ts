// The host as the probes see it: small files and a few calls. A value, so that a test can state any host, and see what a probe looked at.
import { existsSync, readdirSync, readFileSync } from "node:fs";

export interface HostSource {
  /** The text of a small file, undefined where it is absent or may not be read. */
  readonly read: (path: string) => string | undefined;
  /** Names in a directory; none where it is absent. */
  readonly list: (path: string) => readonly string[];
  readonly exists: (path: string) => boolean;
  /** Node's name of the architecture: `x64`, `arm64`. */
  readonly arch: string;
  readonly uid: number;
  readonly gid: number;
}

/** The machine that this process runs on. */
export function thisHost(): HostSource {
  return {
    read: (path) => orUndefined(() => readFileSync(path, "latin1")),
    list: (path) => orUndefined(() => readdirSync(path)) ?? [],
    exists: existsSync,
    arch: process.arch,
    // Bun has these on every system that teu runs on; their types also cover Windows. -1 is nobody.
    uid: process.geteuid?.() ?? -1,
    gid: process.getegid?.() ?? -1,
  };
}

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
