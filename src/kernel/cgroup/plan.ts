// The cgroup part of a container's plan: make its cgroup in every hierarchy, set its limits, have the process in it
// (config-linux.md "Control groups"; kernel cgroup-v1 and cgroup-v2.rst). Pure. This is the cgroupfs driver;
// systemd/plan.ts plans the same with systemd making the cgroup.
import type { Resources } from "../../spec/runtime/config.ts";
import { type Op, op, type Register, type Registers } from "../plan/plan.ts";
import type { HostFacts } from "../probe/host-facts.ts";
import { devicePolicy } from "./devices/rules.ts";
import { type CgroupDirectories, type CgroupLayout, cgroupLayout } from "./layout.ts";
import { enterOps, handDown, makeDirectories, openDirectory, openTasks, PATH_FIELD, seedCpuset, writeOps } from "./ops.ts";
import { type CgroupSettings, cgroupSettings } from "./settings.ts";
import { deviceWrites } from "./v1/devices.ts";
import { deviceProgram } from "./v2/device-program.ts";
import type { CgroupWrite } from "./write.ts";

export interface CgroupRequest {
  /** The container's id: names its cgroup where no path is given. */
  readonly id: string;
  /** linux.cgroupsPath */
  readonly path: string | undefined;
  readonly resources: Resources | undefined;
  readonly facts: HostFacts;
  /** Set when the container's user is to own its v2 cgroup: it has a cgroup namespace and mounts cgroup read-write. */
  readonly owner?: CgroupOwner;
}

/** config-linux.md "Cgroup ownership" */
export interface CgroupOwner {
  /** The host's uid of process.user.uid. */
  readonly uid: number;
  /** The lines of /sys/kernel/cgroup/delegate (control/delegate.ts). */
  readonly files: readonly string[];
}

export interface CgroupPlan {
  /** Host section, before clone: directories, limits, and the v2 directory opened. */
  readonly before: readonly Op[];
  /** The opened v2 directory, for `clone`: the process is in it, and counted, from its first instruction. */
  readonly into?: Register;
  /** The first ops of the process itself: it enters the v1 hierarchies. */
  readonly enter: readonly Op[];
  /** The container's directories, for state.json, delete, freeze, stats: controller → absolute path; `unified` for v2. */
  readonly paths: Readonly<Record<string, string>>;
}

/**
 * Plans the cgroup of a new container.
 * @throws InvalidInputError for values that break the specification
 * @throws TeuError `unsupported` naming field and controller for what this host cannot limit
 */
export function planCgroup(request: CgroupRequest, registers: Registers): CgroupPlan {
  const layout = cgroupLayout(request);
  const settings = cgroupSettings(request.resources, layout.available);
  const devices = planDevices(request, layout);

  const before: Op[] = layout.v1.flatMap((directories) => v1Ops(directories, [...settings.v1, ...devices.v1]));
  let into: Register | undefined;
  if (layout.v2 !== undefined) {
    into = registers.named("cgroup");
    before.push(...v2Ops(layout.v2, settings, request), openDirectory(layout.v2.own, { arch: request.facts.arch, out: into }));
    if (request.owner !== undefined) before.push(...ownerOps(layout.v2.own, { owner: request.owner, directory: into, registers }));
    if (devices.program !== undefined)
      before.push(op("deviceProgram", { cgroup: into, program: devices.program, replace: 0 }, "linux.resources.devices"));
  }
  const v1Directories = layout.v1.map(({ own }) => own);
  before.push(...openTasks(v1Directories, registers));
  return {
    before,
    ...(into === undefined ? {} : { into }),
    enter: enterOps(v1Directories, registers),
    paths: cgroupPaths(layout),
  };
}

/** The recorded form of a layout. */
export function cgroupPaths({ v1, v2 }: CgroupLayout): Record<string, string> {
  const paths: Record<string, string> = {};
  for (const { controllers, own } of v1) for (const controller of controllers) paths[controller] = own;
  if (v2 !== undefined) paths.unified = v2.own;
  return paths;
}

function v1Ops(directories: CgroupDirectories, writes: readonly CgroupWrite[]): Op[] {
  const mine = writes.filter(({ controller }) => directories.controllers.includes(controller));
  const seed = directories.controllers.includes("cpuset") ? seedCpuset(directories, mine) : [];
  return [...makeDirectories(directories), ...seed, ...writeOps(mine, directories.own)];
}

/** Worth having even when nothing is asked of them: they count, and a container may use them below itself. */
const HANDED_DOWN: readonly string[] = ["cpuset", "cpu", "io", "memory", "hugetlb", "pids", "rdma", "misc"];

function v2Ops(directories: CgroupDirectories, settings: CgroupSettings, request: CgroupRequest): Op[] {
  const { rootless } = request.facts;
  const asked = new Map<string, string>();
  for (const { controller, from } of settings.v2) if (controller !== "cgroup" && !asked.has(controller)) asked.set(controller, from);
  const controllers = directories.controllers.filter((name) => HANDED_DOWN.includes(name) || asked.has(name));
  // Where this user's part of the tree begins is not known of a path from the root; what is missing shows at the limit's write.
  const needed = rootless && request.path?.startsWith("/") ? new Map<string, string>() : asked;
  const ops: Op[] = [];
  for (const [index, make] of makeDirectories(directories).entries()) {
    const parent = directories.directories[index - 1] ?? directories.above;
    ops.push(...handDown(parent, { controllers, needed, rootless }), make);
  }
  return [...ops, ...writeOps(settings.v2, directories.own)];
}

interface PlannedDevices {
  readonly v1: readonly CgroupWrite[];
  readonly program?: Uint8Array | undefined;
}

/**
 * The v1 controller where it is there, else a program on the v2 cgroup. Without root neither can be had; the kernel then
 * refuses mknod(2) in a user namespace, and the host's permissions guard what is bind-mounted.
 */
function planDevices({ resources, facts }: CgroupRequest, layout: CgroupLayout): PlannedDevices {
  const policy = devicePolicy(resources?.devices);
  if (facts.rootless) return { v1: [] };
  if (layout.available.v1.has("devices")) return { v1: deviceWrites(policy) };
  return { v1: [], program: deviceProgram(policy) };
}

interface Ownership {
  readonly owner: CgroupOwner;
  readonly directory: Register;
  readonly registers: Registers;
}

/** All delegatable files can be written, not all can be read (memory.reclaim). */
const O_WRONLY = 1;

/** Gives the directory and its delegatable files, those that are there, to the container's user; limits stay the host's. */
function ownerOps(path: string, { owner, directory, registers }: Ownership): Op[] {
  const from = PATH_FIELD;
  const file = registers.named("cgroup file");
  const files = owner.files.flatMap((name) => [
    op(
      "open",
      { dir: directory, path: name, flags: O_WRONLY, mode: 0, out: file },
      { from, subject: `${path}/${name}`, tolerate: ["ENOENT"] },
    ),
    op("fchown", { fd: file, uid: owner.uid, gid: -1 }, { from, subject: `${path}/${name}`, ifSet: true }),
    op("close", { fd: file }, { from, ifSet: true }),
  ]);
  return [op("fchown", { fd: directory, uid: owner.uid, gid: -1 }, { from, subject: path }), ...files];
}
