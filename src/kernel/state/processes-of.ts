// Which processes are a container's, as the host numbers them: those of its cgroups or, where it has none, of its pid namespace.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { processes } from "../cgroup/control/processes.ts";
import type { Container } from "./query.ts";

/** In the order of their numbers; none of a container without a process. */
export function processesOf({ record, status }: Container): number[] {
  if (status.pid === 0) return [];
  const found = Object.keys(record.cgroups).length > 0 ? processes(record.cgroups) : processesBeside(status.pid);
  return found.toSorted((a, b) => a - b);
}

/** Where the pid namespace is ours, too, it tells nothing: then they are its first process and what descends from it. */
function processesBeside(init: number): number[] {
  const own = namespaceOf("self");
  const theirs = namespaceOf(init);
  if (theirs === undefined) return [];
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  return theirs === own ? descendants(init, all) : all.filter((pid) => namespaceOf(pid) === theirs);
}

function namespaceOf(pid: number | "self"): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined; // ended, or not ours to look at
  }
}

/** The field of proc_pid_stat(5) behind the state. */
const PARENT = 1;

function descendants(init: number, all: readonly number[]): number[] {
  const parents = new Map(all.map((pid) => [pid, parentOf(pid)]));
  const isBelow = (pid: number): boolean => {
    // A process whose number was used again meanwhile could make a circle.
    for (let [at, left] = [pid, parents.size]; at > 1 && left > 0; left -= 1) {
      if (at === init) return true;
      at = parents.get(at) ?? 0;
    }
    return false;
  };
  return all.filter(isBelow);
}

function parentOf(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[PARENT]);
  } catch {
    return 0;
  }
}
