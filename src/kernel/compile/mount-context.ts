// What the mounts of a container are told of it and of the host.
import { TeuError } from "../../base/errors.ts";
import type { IdMapping } from "../../spec/runtime/config.ts";
import type { CgroupView, IdMaps, MountContext } from "../mounts/context.ts";
import type { Registers } from "../plan/plan.ts";
import type { CgroupFacts } from "../probe/host-facts.ts";
import { isOverlay } from "../rootfs/root-mount.ts";
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
  const rootMaps = rootMapsOf(request);
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
    ...(rootMaps === undefined ? {} : { rootMaps }),
    ...(facts.rootless ? {} : { idmap: { section: IDMAP_SECTION, proc: slots.proc } }),
    cgroup: cgroupView(facts.cgroup, cgroups),
    ...(mountLabel === undefined ? {} : { mountLabel }),
    // What only the host's root may reach must be opened before root is given up; without root there is no difference.
    openSourcesInHost: inUserNamespace(linux) && !facts.rootless,
  };
}

/** An id that no container's map reaches: the largest that there is (user_namespaces(7)). */
const SPARE_ID = 0xffff_fffe;

/**
 * Layers are everybody's: a container with other ids than the host's sees them through a map, and none of them is ever changed. Undefined
 * where it has the host's ids, or root's caller has no right to map.
 * @throws TeuError `unsupported` where the map is another's, and so not known
 */
export function rootMapsOf({ rootMount, config, facts }: CreateRequest): IdMaps | undefined {
  if (!isOverlay(rootMount) || !inUserNamespace(config.linux) || facts.rootless) return undefined;
  const { uidMappings, gidMappings } = config.linux ?? {};
  if (uidMappings === undefined || gidMappings === undefined) {
    throw new TeuError(
      "unsupported",
      "map the ids of the image's layers: linux.namespaces: a user namespace that is joined does not tell its maps",
    );
  }
  return { uidMappings: withHostRoot(uidMappings), gidMappings: withHostRoot(gidMappings) };
}

/** overlayfs makes its own files as whoever mounted it, who must have an id in the mapped writable layer (else EOVERFLOW). */
function withHostRoot(mappings: readonly IdMapping[]): readonly IdMapping[] {
  const mapped = mappings.some(({ hostID }) => hostID === 0);
  return mapped ? mappings : [...mappings, { containerID: SPARE_ID, hostID: 0, size: 1 }];
}

/** The hierarchies of the host; where the container has no cgroup of its own it sees its caller's. */
function cgroupView({ v1, v2 }: CgroupFacts, cgroups: Readonly<Record<string, string>>): CgroupView {
  return {
    v1: v1.map(({ controllers, mountpoint }) => ({ controllers, mountpoint, directory: cgroups[controllers[0] ?? ""] ?? mountpoint })),
    ...(v2 === undefined ? {} : { v2: { controllers: [], mountpoint: v2.mountpoint, directory: cgroups.unified ?? v2.mountpoint } }),
  };
}
