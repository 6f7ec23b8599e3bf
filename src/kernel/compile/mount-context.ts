// What the mounts of a container are told of it and of the host.
import type { CgroupView, MountContext } from "../mounts/context.ts";
import type { Registers } from "../plan/plan.ts";
import type { CgroupFacts } from "../probe/host-facts.ts";
import type { Slots } from "./context.ts";
import type { CreateRequest } from "./request.ts";
import { inUserNamespace } from "./user-namespace.ts";

/** Index of section `idmap`, where a plan has one: right after the host's. */
export const IDMAP_SECTION = 1;

export interface MountSurroundings {
  readonly registers: Registers;
  readonly slots: Slots;
  /** The container's cgroup directories, by controller. */
  readonly cgroups: Readonly<Record<string, string>>;
}

export function mountContext(request: CreateRequest, { registers, slots, cgroups }: MountSurroundings): MountContext {
  const { config, facts, bundle, sourceKind } = request;
  const { linux } = config;
  const user = linux?.namespaces?.find(({ type }) => type === "user");
  const { uidMappings, gidMappings, mountLabel } = linux ?? {};
  return {
    registers,
    root: slots.root,
    bundle,
    sourceKind,
    ...(request.targetMode === undefined ? {} : { targetMode: request.targetMode }),
    own: new Set((linux?.namespaces ?? []).map(({ type }) => type)),
    unprivileged: facts.rootless || inUserNamespace(linux),
    ...(uidMappings === undefined || gidMappings === undefined ? {} : { idMaps: { uidMappings, gidMappings } }),
    ...(user?.path === undefined ? {} : { joinedUserNamespace: user.path }),
    ...(facts.rootless ? {} : { idmap: { section: IDMAP_SECTION, proc: slots.proc } }),
    cgroup: cgroupView(facts.cgroup, cgroups),
    ...(mountLabel === undefined ? {} : { mountLabel }),
    // What only the host's root may reach must be opened before root is given up; without root there is no difference.
    openSourcesInHost: inUserNamespace(linux) && !facts.rootless,
  };
}

/** The hierarchies of the host; where the container has no cgroup of its own it sees its caller's. */
function cgroupView({ v1, v2 }: CgroupFacts, cgroups: Readonly<Record<string, string>>): CgroupView {
  return {
    v1: v1.map(({ controllers, mountpoint }) => ({ controllers, mountpoint, directory: cgroups[controllers[0] ?? ""] ?? mountpoint })),
    ...(v2 === undefined ? {} : { v2: { controllers: [], mountpoint: v2.mountpoint, directory: cgroups.unified ?? v2.mountpoint } }),
  };
}
