// The pieces that cgroup plans are put together from: directories, controllers handed down, values, processes moved in.
import type { Errno } from "../../base/errno.ts";
import { type Op, op, type Register, type Registers } from "../plan/plan.ts";
import type { HostFacts } from "../probe/host-facts.ts";
import { OPEN_COMMON, openFlags } from "../tables/open-flags.ts";
import type { CgroupDirectories } from "./layout.ts";
import type { CgroupWrite } from "./write.ts";

const MODE = 0o755;

export const PATH_FIELD = "linux.cgroupsPath";

/** mkdir(2) of each level. Directories that a failed plan has made are taken back by the launcher. */
export function makeDirectories({ directories }: CgroupDirectories): Op[] {
  return directories.map((path) => op("mkdir", { dir: undefined, path, mode: MODE }, PATH_FIELD));
}

/** A value of a file below the container's directory as a `write` op. */
export function writeOps(writes: readonly CgroupWrite[], directory: string): Op[] {
  return writes.map(({ file, data, from, tolerate, fallback }) =>
    op(
      "write",
      { dir: undefined, path: `${directory}/${file}`, data: [data] },
      { from, ...(tolerate === undefined ? {} : { tolerate }), ...(fallback === undefined ? {} : { fallback }) },
    ),
  );
}

/** Host section: opens v1 directories for entering, with the caller's rights. */
export function openTasks(directories: readonly string[], registers: Registers): Op[] {
  return directories.map((directory) =>
    op(
      "open",
      { dir: undefined, path: `${directory}/tasks`, flags: OPEN_COMMON.O_WRONLY, mode: 0, out: tasksRegister(directory, registers) },
      PATH_FIELD,
    ),
  );
}

/**
 * The process's own first ops: it moves itself, which is one thread and `0`. That takes no lock; moving another process by cgroup.procs
 * waits for an RCU grace period, up to 15 ms (cgroup_procs_write_start in the kernel's cgroup.c). Its children are born where it is.
 */
export function enterOps(directories: readonly string[], registers: Registers): Op[] {
  return directories.flatMap((directory) => {
    const policy = { from: PATH_FIELD, subject: `${directory}/tasks` };
    const fd = tasksRegister(directory, registers);
    return [op("writeFd", { fd, data: ["0"] }, policy), op("close", { fd }, policy)];
  });
}

function tasksRegister(directory: string, registers: Registers): Register {
  return registers.named(`tasks of ${directory}`);
}

/** Moves another process, all its threads with it, into a directory: where systemd has put it elsewhere. */
export function joinOp(directory: string, pid: Register): Op {
  return op("write", { dir: undefined, path: `${directory}/cgroup.procs`, data: [{ decimal: pid }] }, PATH_FIELD);
}

/** Opens a v2 directory for CLONE_INTO_CGROUP and for the device program; the latter takes no O_PATH on every kernel. */
export function openDirectory(path: string, { arch, out }: { readonly arch: HostFacts["arch"]; readonly out: Register }): Op {
  return op("open", { dir: undefined, path, flags: openFlags(arch).O_DIRECTORY, mode: 0, out }, PATH_FIELD);
}

/**
 * A v1 cpuset starts empty, and an empty one refuses processes (ENOSPC): each new level takes its parent's lists. The
 * container's own level does so only for what is not asked for.
 */
export function seedCpuset({ above, directories }: CgroupDirectories, asked: readonly CgroupWrite[]): Op[] {
  const ops: Op[] = [];
  let parent = above;
  for (const [index, directory] of directories.entries()) {
    const last = index === directories.length - 1;
    for (const file of ["cpuset.cpus", "cpuset.mems"]) {
      if (last && asked.some((write) => write.file === file)) continue;
      ops.push(op("copyIfEmpty", { dir: undefined, from: `${parent}/${file}`, to: `${directory}/${file}` }, PATH_FIELD));
    }
    parent = directory;
  }
  return ops;
}

/** Why a controller may not be handed down: processes in the way, a threaded cgroup, not there, realtime tasks. */
const REFUSALS: readonly Errno[] = ["EBUSY", "EOPNOTSUPP", "ENOENT", "EINVAL"];
const REFUSALS_ROOTLESS: readonly Errno[] = ["EBUSY", "EOPNOTSUPP", "ENOENT", "EACCES"];

/**
 * Hands controllers down to the children of `directory` (cgroup-v2.rst "Enabling and Disabling"). All in one write, which
 * the kernel takes or refuses as a whole; if it is refused, one by one: those that a field needs must go through (they do
 * where they were on already), the others are for statistics and for the container's own use.
 */
export function handDown(directory: string, options: HandDown): Op[] {
  const { controllers, needed, rootless } = options;
  if (controllers.length === 0) return [];
  const path = `${directory}/cgroup.subtree_control`;
  const tolerate = rootless ? REFUSALS_ROOTLESS : REFUSALS;
  const write = (data: string) => ({ dir: undefined, path, data: [data] });
  const all = op("write", write(controllers.map((name) => `+${name}`).join(" ")), { from: PATH_FIELD, tolerate });
  const single = controllers.map((name) => {
    const from = needed.get(name);
    const policy = from === undefined ? { from: PATH_FIELD, tolerate } : { from, subject: `the ${name} controller below ${directory}` };
    return op("write", write(`+${name}`), { ...policy, fallback: true });
  });
  return [all, ...single];
}

export interface HandDown {
  readonly controllers: readonly string[];
  /** Controllers that a field asked for → that field. */
  readonly needed: ReadonlyMap<string, string>;
  readonly rootless: boolean;
}
