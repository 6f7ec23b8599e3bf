// What state a container is in (runtime-spec runtime.md, "State"), told from the kernel, not from a field that could be stale:
//
//   creating --launcher done--> created --start--> running <--pause/resume--> paused
//        \___________________________\________________\_____ process gone ____> stopped
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { failedWith } from "../../base/file-errno.ts";
import { hasEnded, isAlive, type ProcessFacts, readProcess } from "./process.ts";
import { type ContainerRecord, containerDir, readPid } from "./record.ts";

export type Status = "creating" | "created" | "running" | "paused" | "stopped";

export interface ContainerStatus {
  readonly status: Status;
  /** 0 when there is no process. */
  readonly pid: number;
}

export const START_SOCKET = "start.sock";

/** What the process that waits behind start.sock calls itself, until execve. Its executable has no path: it is sealed (launcher/seal.c). */
const LAUNCHER = "teu-launcher";

/** Reads the status of a container; `record` is undefined when its creator died before it wrote one. */
export function readStatus(root: string, id: string, record: ContainerRecord | undefined): ContainerStatus {
  const dir = containerDir(root, id);
  if (record === undefined) return { status: "stopped", pid: 0 };
  const recorded = readPid(dir);
  if (recorded === undefined) return { status: isAlive(record.creator.pid, record.creator.start) ? "creating" : "stopped", pid: 0 };
  const facts = ownProcess(recorded, record);
  if (facts === undefined) return { status: "stopped", pid: 0 };
  const pid = recorded;
  // A `start` that is killed may leave the socket behind; so the process is asked too.
  if (facts.command === LAUNCHER && existsSync(join(dir, START_SOCKET))) {
    // The socket is there before the container is ready; the start time is recorded after.
    const underWay = record.start === undefined && isAlive(record.creator.pid, record.creator.start);
    return { status: underWay ? "creating" : "created", pid };
  }
  if (facts.command === LAUNCHER && hasHostRoot(pid, record)) return { status: "creating", pid };
  return { status: isFrozen(record.cgroups) ? "paused" : "running", pid };
}

/**
 * Whether a process that calls itself the launcher still sees the host's files: whoever took it for the container would work on those. The name
 * alone says nothing, as a container may take it. Where its root cannot be looked at, as without root, it is in a user namespace, and not executed yet.
 */
function hasHostRoot(pid: number, { start }: ContainerRecord): boolean {
  try {
    const [own, other] = [statSync("/"), statSync(`/proc/${pid}/root/`)];
    return own.dev === other.dev && own.ino === other.ino;
  } catch (error) {
    return start === undefined && failedWith(error, "EACCES");
  }
}

/** Where the start time was never recorded: how long, in ticks, between record and process. A pid is not used again within it. */
const SOON = 6000;

/** The process that has this pid, if it still is the container's, and has not ended. */
export function ownProcess(pid: number, record: ContainerRecord): ProcessFacts | undefined {
  const facts = readProcess(pid);
  if (facts === undefined || hasEnded(facts)) return undefined;
  if (record.start !== undefined) return facts.start === record.start ? facts : undefined;
  const age = Number(facts.start) - record.made;
  return age >= -1 && age <= SOON ? facts : undefined; // -1: both times are rounded
}

/** True when the container's freezer holds it, on v1 (freezer.state) or v2 (cgroup.freeze). */
function isFrozen(cgroups: Readonly<Record<string, string>>): boolean {
  const { freezer, unified } = cgroups;
  if (freezer !== undefined) return read(join(freezer, "freezer.state")) !== "THAWED";
  return unified !== undefined && read(join(unified, "cgroup.freeze")) === "1";
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return path.endsWith("freezer.state") ? "THAWED" : "";
  }
}
