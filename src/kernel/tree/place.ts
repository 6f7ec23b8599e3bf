// Where a tree is: what a session opens before it works, and which namespaces it enters for that. A directory of the host, an overlay that
// only the session sees, or (container-place.ts) a directory as a container sees it.
import type { IdMapping, Mount } from "../../spec/runtime/config.ts";
import { type Op, op, type Register, type Registers } from "../plan/plan.ts";
import type { HostFacts } from "../probe/host-facts.ts";
import { isOverlay, overlayOps } from "../rootfs/root-mount.ts";
import { namespaceFacts } from "../tables/namespaces.ts";
import { OPEN_COMMON } from "../tables/open-flags.ts";

/** The user namespace that a tree is worked on in: its ids are then those that a container with these maps sees. */
export interface TreeUserNamespace {
  readonly uids: readonly IdMapping[];
  readonly gids: readonly IdMapping[];
  /** Who the caller is, and where newuidmap(1) and newgidmap(1) are. */
  readonly facts: HostFacts;
}

export interface TreeStack {
  readonly mount: Mount;
  readonly kernel: HostFacts["kernel"];
}

export interface TreePlace {
  /** Descriptors of ours that its ops adopt, as PLACE_FD, PLACE_FD + 1, … */
  readonly descriptors?: readonly number[];
  /** In the caller's namespaces. */
  host?(registers: Registers): readonly Op[];
  /** The work is a child's: born in these new namespaces (CLONE_NEW*), with these maps where one of them is a user namespace. */
  readonly child?: { readonly flags: number; readonly userns?: TreeUserNamespace };
  /** With `child`: the ops of section HELPER, which those of `host` clone. */
  helper?(registers: Registers): readonly Op[];
  /** In whoever does the work: leaves the tree's root open. */
  open(registers: Registers, root: Register): readonly Op[];
}

/** The first descriptor of a place: behind those of the session. */
export const PLACE_FD = 6;

/** The plan's sections: host, child, helper. */
export const HELPER = 2;

/** One more tree, opened beside the first. */
export interface TreeComparison {
  ops(registers: Registers): readonly Op[];
  register(registers: Registers): Register;
}

/**
 * A directory of the host, by its absolute path.
 * @param mounts something is to be mounted beside it
 */
export function directoryPlace(path: string, userns: TreeUserNamespace | undefined, { mounts = false } = {}): TreePlace {
  const open = (out: Register) => op("open", { dir: undefined, path, flags: OPEN_COMMON.O_PATH, mode: 0, out }, "tree");
  if (userns === undefined) return { open: (_, root) => [open(root)] };
  return {
    // The caller may get through directories that the namespace's ids do not.
    host: (registers) => [open(registers.named("root"))],
    child: { flags: namespaceFacts("user").flag | (mounts ? namespaceFacts("mount").flag : 0), userns },
    open: () => [],
  };
}

/** An overlay, attached nowhere. */
export function stackPlace({ mount, kernel }: TreeStack, userns: TreeUserNamespace | undefined): TreePlace {
  return {
    // fsopen(2) wants the rights of whoever owns the mount namespace.
    ...(userns === undefined ? {} : { child: { flags: namespaceFacts("user").flag | namespaceFacts("mount").flag, userns } }),
    open: (registers, root) => overlayOps(mount, { registers, root, kernel }),
  };
}

/** The lower layers of an overlay, or the directory that a bind shows, to compare with. */
export function comparison({ mount, kernel }: TreeStack): TreeComparison {
  const register = (registers: Registers) => registers.named("below");
  const ops = (registers: Registers) => {
    const root = register(registers);
    if (isOverlay(mount)) return overlayOps(mount, { registers, root, kernel });
    return [op("open", { dir: undefined, path: mount.source ?? "", flags: OPEN_COMMON.O_PATH, mode: 0, out: root }, "tree")];
  };
  return { register, ops };
}
