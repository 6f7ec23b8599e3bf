// Shows a tree in a directory of the host, and takes it away again: one launcher with a short plan, in the caller's own mount namespace.
import type { Mount } from "../../spec/runtime/config.ts";
import { type Op, op, type Register, type Registers } from "../plan/plan.ts";
import type { HostFacts } from "../probe/host-facts.ts";
import { isOverlay, overlayOps } from "../rootfs/root-mount.ts";
import { MNT, MOUNT_ATTR, OPEN_TREE_CLONE, UMOUNT_NOFOLLOW } from "../tables/mount-flags.ts";
import { AT, openFlags } from "../tables/open-flags.ts";
import type { RuntimeContext } from "./context.ts";
import { runSidePlan } from "./side-plan.ts";

const FROM = "mount";

/**
 * Attaches an overlay, or a bind of a directory, read-only and without set-user-ID programs and devices: they are an image's, not the host's.
 * @param directory absolute; what it is must not be a symbolic link
 * @throws KernelError naming what the kernel refuses
 */
export function placeMount(context: RuntimeContext, mount: Mount, directory: string): void {
  const facts = context.facts();
  runSidePlan(context, { maps: undefined, from: FROM, ops: (registers) => placeOps(mount, { registers, facts, directory }) });
}

interface PlaceContext {
  readonly registers: Registers;
  readonly facts: HostFacts;
  readonly directory: string;
}

function placeOps(mount: Mount, { registers, facts: { kernel, arch }, directory }: PlaceContext): Op[] {
  const [root, target] = [registers.named("tree"), registers.named("directory")];
  const policy = { from: FROM, subject: `directory ${directory}` };
  const { O_PATH, O_DIRECTORY, O_NOFOLLOW } = openFlags(arch);
  const set = MOUNT_ATTR.RDONLY | MOUNT_ATTR.NOSUID | MOUNT_ATTR.NODEV;
  return [
    ...(isOverlay(mount) ? overlayOps(mount, { registers, root, kernel }) : [cloneOp(mount, root)]),
    op("mountSetattr", { dir: root, path: "", flags: AT.EMPTY_PATH, set, clear: 0, propagation: 0, userns: undefined }, policy),
    op("open", { dir: undefined, path: directory, flags: O_PATH | O_DIRECTORY | O_NOFOLLOW, mode: 0, out: target }, policy),
    op("moveMount", { from: root, to: target, flags: 0 }, policy),
  ];
}

/** An image of one layer is that layer. */
function cloneOp({ source = "" }: Mount, out: Register): Op {
  return op("openTree", { dir: undefined, path: source, flags: OPEN_TREE_CLONE, out }, { from: FROM, subject: `layer ${source}` });
}

/**
 * Takes away what is mounted on a directory.
 * @param options.lazy also while it is used: it vanishes at once, and ends with its last user (umount2(2), MNT_DETACH)
 * @throws KernelError EBUSY while it is used
 */
export function removeMount(context: RuntimeContext, directory: string, { lazy }: { readonly lazy: boolean }): void {
  const flags = UMOUNT_NOFOLLOW | (lazy ? MNT.DETACH : 0);
  const ops = () => [op("umount", { path: directory, flags }, { from: FROM, subject: `directory ${directory}` })];
  runSidePlan(context, { maps: undefined, from: FROM, ops });
}
