// The steps of a cgroup plan, hierarchy by hierarchy: what both drivers do once they know where the cgroup lies. Pure.
import { type Op, op, type Register, type Registers } from "../plan/plan.ts";
import { OPEN_COMMON } from "../tables/open-flags.ts";
import { allowsAll, devicePolicy } from "./devices/rules.ts";
import type { CgroupDirectories, CgroupLayout } from "./layout.ts";
import { handDown, makeDirectories, openDirectory, PATH_FIELD, seedCpuset, writeOps } from "./ops.ts";
import type { CgroupOwner, CgroupRequest } from "./request.ts";
import { deviceWrites } from "./v1/devices.ts";
import { deviceProgram } from "./v2/device-program.ts";
import type { CgroupWrite } from "./write.ts";

/** Makes the directories of one v1 hierarchy and sets those of the writes that are its controllers'. */
export function v1Steps(directories: CgroupDirectories, writes: readonly CgroupWrite[]): Op[] {
  const mine = writes.filter(({ controller }) => directories.controllers.includes(controller));
  const seed = directories.controllers.includes("cpuset") ? seedCpuset(directories, mine) : [];
  return [...makeDirectories(directories), ...seed, ...writeOps(mine, directories.own)];
}

/** Worth having even when nothing is asked of them: they count, and a container may use them below itself. */
const HANDED_DOWN: readonly string[] = ["cpuset", "cpu", "io", "memory", "hugetlb", "pids", "rdma", "misc"];

/** What the steps on v2 are made from. */
export interface V2Steps {
  readonly request: CgroupRequest;
  readonly registers: Registers;
  readonly writes: readonly CgroupWrite[];
  readonly program: Uint8Array | undefined;
  /** The register for the opened directory. */
  readonly directory: Register;
}

/** Hands controllers down, makes the directories, sets the limits, opens the container's directory, sets owner and device program. */
export function v2Steps(directories: CgroupDirectories, steps: V2Steps): Op[] {
  const { request, registers, writes, program, directory } = steps;
  const { arch, rootless } = request.facts;
  const asked = new Map<string, string>();
  for (const { controller, from } of writes) if (controller !== "cgroup" && !asked.has(controller)) asked.set(controller, from);
  const controllers = directories.controllers.filter((name) => HANDED_DOWN.includes(name) || asked.has(name));
  // Where this user's part of the tree begins is not known of a path from the root; what is missing shows at the limit's write.
  const needed = rootless && directories.absolute ? new Map<string, string>() : asked;
  const ops: Op[] = [];
  for (const [index, make] of makeDirectories(directories).entries()) {
    const parent = directories.directories[index - 1] ?? directories.above;
    ops.push(...handDown(parent, { controllers, needed, rootless }), make);
  }
  ops.push(...writeOps(writes, directories.own), openDirectory(directories.own, { arch, out: directory }));
  if (request.owner !== undefined) ops.push(...ownerOps(directories.own, { owner: request.owner, directory, registers }));
  // A cgroup that was there before may have a program: the configuration's replaces it.
  if (program !== undefined) ops.push(op("deviceProgram", { cgroup: directory, program, replace: 1 }, "linux.resources.devices"));
  return ops;
}

export interface PlannedDevices {
  readonly v1: readonly CgroupWrite[];
  readonly program?: Uint8Array | undefined;
}

/**
 * The v1 controller where it is there, else a program on the v2 cgroup. Without root neither can be had; the kernel then
 * refuses mknod(2) in a user namespace, and the host's permissions guard what is bind-mounted.
 */
export function planDevices({ resources, facts }: CgroupRequest, layout: CgroupLayout): PlannedDevices {
  const policy = devicePolicy(resources?.devices);
  if (facts.rootless) return { v1: [] };
  if (layout.available.v1.has("devices")) return { v1: deviceWrites(policy) };
  return { v1: [], program: allowsAll(policy) ? undefined : deviceProgram(policy) };
}

interface Ownership {
  readonly owner: CgroupOwner;
  readonly directory: Register;
  readonly registers: Registers;
}

/** Gives the directory and its delegatable files, those that are there, to the container's user; limits stay the host's. */
function ownerOps(path: string, { owner, directory, registers }: Ownership): Op[] {
  const from = PATH_FIELD;
  const file = registers.named("cgroup file");
  const files = owner.files.flatMap((name) => [
    op(
      "open",
      { dir: directory, path: name, flags: OPEN_COMMON.O_WRONLY, mode: 0, out: file },
      { from, subject: `${path}/${name}`, tolerate: ["ENOENT"] },
    ),
    op("fchown", { fd: file, uid: owner.uid, gid: -1 }, { from, subject: `${path}/${name}`, ifSet: true }),
    op("close", { fd: file }, { from, ifSet: true }),
  ]);
  return [op("fchown", { fd: directory, uid: owner.uid, gid: -1 }, { from, subject: path }), ...files];
}
