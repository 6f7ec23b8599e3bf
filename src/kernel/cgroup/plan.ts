// The cgroup part of a container's plan: make its cgroup in every hierarchy, set its limits, have the process in it
// (config-linux.md "Control groups"; kernel cgroup-v1 and cgroup-v2.rst). Pure. This is the cgroupfs driver;
// systemd/plan.ts plans the same with systemd making the cgroup.
import type { Op, Register, Registers } from "../plan/plan.ts";
import { type CgroupLayout, cgroupLayout } from "./layout.ts";
import { enterOps, openTasks } from "./ops.ts";
import type { CgroupRequest } from "./request.ts";
import { cgroupSettings } from "./settings.ts";
import { planDevices, v1Steps, v2Steps } from "./steps.ts";

export interface CgroupPlan {
  /** Host section, before clone: directories, limits, and the v2 directory opened. */
  readonly before: readonly Op[];
  /** The opened v2 directory, for `clone`: the process is in it, and counted, from its first instruction. */
  readonly into?: Register;
  /** The first ops of the process itself: it enters the v1 hierarchies. */
  readonly enter: readonly Op[];
  /** Host section, after clone, with the child still waiting: what must be done to it from outside (the systemd driver's scope). */
  after(pid: Register): readonly Op[];
  /** The container's directories, for state.json, delete, freeze, stats: controller → absolute path; `unified` for v2. */
  readonly paths: Readonly<Record<string, string>>;
  /** The systemd driver's scope, to be stopped by delete. */
  readonly unit?: string;
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

  const before: Op[] = layout.v1.flatMap((directories) => v1Steps(directories, [...settings.v1, ...devices.v1]));
  const into = layout.v2 === undefined ? undefined : registers.named("cgroup");
  if (layout.v2 !== undefined && into !== undefined) {
    before.push(...v2Steps(layout.v2, { request, registers, writes: settings.v2, program: devices.program, directory: into }));
  }
  const v1Directories = layout.v1.map(({ own }) => own);
  before.push(...openTasks(v1Directories, registers));
  return {
    before,
    ...(into === undefined ? {} : { into }),
    enter: enterOps(v1Directories, registers),
    after: () => [],
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
