// What state a container is in (runtime-spec runtime.md, "State"), told from the kernel, not from a field that could be stale:
//
//   creating --launcher done--> created --start--> running <--pause/resume--> paused
//        \___________________________\________________\_____ process gone ____> stopped
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { executableName, isAlive } from "./process.ts";
import { type ContainerRecord, containerDir, readPid } from "./record.ts";

export type Status = "creating" | "created" | "running" | "paused" | "stopped";

export interface ContainerStatus {
  readonly status: Status;
  /** 0 when there is no process. */
  readonly pid: number;
}

export const START_SOCKET = "start.sock";

/**
 * The executable that waits behind start.sock: on disk, as the sealed copy (`/memfd:teu-launcher (deleted)`), or from a detached mount of the
 * file alone, whose path is `/`.
 */
const LAUNCHER_NAME = /^((memfd:)?teu-launcher\b|$)/;

/** Reads the status of a container; `record` is undefined when its creator died before it wrote one. */
export function readStatus(root: string, id: string, record: ContainerRecord | undefined): ContainerStatus {
  const dir = containerDir(root, id);
  const pid = readPid(dir);
  if (record === undefined) return { status: "stopped", pid: 0 };
  if (pid === undefined) return { status: isAlive(record.creator.pid, record.creator.start) ? "creating" : "stopped", pid: 0 };
  if (!isAlive(pid, record.start)) return { status: "stopped", pid: 0 };
  if (existsSync(join(dir, START_SOCKET)) && LAUNCHER_NAME.test(executableName(pid) ?? "teu-launcher")) return { status: "created", pid };
  return { status: isFrozen(record.cgroups) ? "paused" : "running", pid };
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
