// Which processes are in a container, by its cgroup: for kill --all, ps, exec and the check of a cgroup before create.
import { type Dirent, readdirSync } from "node:fs";
import { TeuError } from "../../../base/errors.ts";
import { mountedPath, parseOwnCgroups } from "../../probe/cgroup.ts";
import type { CgroupFacts } from "../../probe/host-facts.ts";
import { type CgroupPaths, kernelError, readText } from "./files.ts";

/** All v1 hierarchies hold the same processes; those that the other verbs work on are asked first. */
const ASKED_FIRST = ["freezer", "pids", "devices", "memory", "unified"] as const;

/** The directory that stands for the container when its processes are wanted; undefined for a container without a cgroup. */
export function processDirectory(paths: CgroupPaths): string | undefined {
  const name = ASKED_FIRST.find((controller) => paths[controller] !== undefined);
  return name === undefined ? Object.values(paths)[0] : paths[name];
}

/** The pids of all processes in the container, those of cgroups that it made below its own included. */
export function processes(paths: CgroupPaths): number[] {
  const directory = processDirectory(paths);
  return directory === undefined ? [] : [...new Set(processesBelow(directory))];
}

function processesBelow(directory: string): number[] {
  // A threaded cgroup does not tell its processes (EOPNOTSUPP), only its threads; kill(2) takes either.
  const text = readText(`${directory}/cgroup.procs`) ?? readText(`${directory}/cgroup.threads`) ?? "";
  // 0 stands for a process of a pid namespace that is not ours; kill(2) would take it for our own process group.
  const pids = text
    .split("\n")
    .map(Number)
    .filter((pid) => pid > 0);
  return [...pids, ...subdirectories(directory).flatMap(processesBelow)];
}

/** The cgroups directly below a cgroup; none where it is gone. */
export function subdirectories(directory: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENODEV") return [];
    throw kernelError(`read ${directory}`, error);
  }
  return entries.filter((entry) => entry.isDirectory()).map((entry) => `${directory}/${entry.name}`);
}

/**
 * Checks that a cgroup about to be used for a new container is fit for it (config-linux.md "Control groups"): limits on a
 * cgroup with processes of others would hit them, and in a frozen one `create` would never end.
 * @throws TeuError `conflict`
 */
export function assertFit(paths: CgroupPaths): void {
  const directory = processDirectory(paths);
  if (directory === undefined) return;
  const [pid] = processesBelow(directory);
  if (pid !== undefined) throw new TeuError("conflict", `use cgroup ${directory}: process ${pid} is in it: linux.cgroupsPath`);
  const frozen = paths.freezer === undefined ? readText(`${directory}/cgroup.freeze`) : readText(`${paths.freezer}/freezer.state`);
  if (frozen !== undefined && frozen.trim() !== "0" && frozen.trim() !== "THAWED") {
    throw new TeuError("conflict", `use cgroup ${directory}: it is frozen: linux.cgroupsPath`);
  }
}

/**
 * The directories for one more process: as recorded, but on v2 where the container's first process is now, if that is
 * below. A container that handed controllers down to cgroups of its own cannot take processes at the top (EBUSY).
 */
export function execPaths(paths: CgroupPaths, { pid, facts }: { readonly pid: number; readonly facts: CgroupFacts }): CgroupPaths {
  const { unified } = paths;
  if (unified === undefined || facts.v2 === undefined) return paths;
  const now = parseOwnCgroups(readText(`/proc/${pid}/cgroup`) ?? "").get("");
  if (now === undefined) return paths;
  const directory = mountedPath(facts.v2, now);
  return directory.startsWith(`${unified}/`) ? { ...paths, unified: directory } : paths;
}
