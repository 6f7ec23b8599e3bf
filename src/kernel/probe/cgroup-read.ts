// Reads what probe/cgroup.ts parses: two files of /proc, one or two of the v2 tree, and access(2).
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { type CgroupSources, probeCgroups } from "./cgroup.ts";
import type { CgroupFacts } from "./host-facts.ts";

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined; // absent or forbidden: for the facts that is the same as "offers nothing"
  }
}

function writable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** The cgroup facts of this host and process. Never throws: a host without cgroups is `mode: "none"`. */
export function readCgroupFacts(options: { readonly rootless: boolean }): CgroupFacts {
  const sources: CgroupSources = {
    mountinfo: read("/proc/self/mountinfo") ?? "",
    own: read("/proc/self/cgroup") ?? "",
    read,
    writable,
    systemd: existsSync("/run/systemd/system"),
    root: !options.rootless,
  };
  return probeCgroups(sources);
}
