// The container's root directory: runtime-spec 1.3 config.md, "Root", and config-linux.md, "Rootfs Mount Propagation".
// The order in a child, with the other parts between:
//   propagationOps  rootOps  … mounts, devices, hooks …  maskOps  readonlyPathOps  pivotOps  finalPropagationOps  … late …  readonlyRootOps
import type { RuntimeConfig } from "../../spec/runtime/config.ts";
import { type Op, op, type Register, type Registers } from "../plan/plan.ts";
import { MNT, MOUNT_ATTR, MS, OPEN_TREE_CLONE } from "../tables/mount-flags.ts";
import { propagationFlags } from "../tables/mount-options.ts";
import { AT, OPEN_COMMON } from "../tables/open-flags.ts";
import type { RootfsContext } from "./context.ts";

const FIELD = "linux.rootfsPropagation";

/** The propagation asked for, MS_* with MS_REC for the `r` forms; 0 for none. */
function wanted(config: RuntimeConfig): number {
  const name = config.linux?.rootfsPropagation;
  return (name === undefined ? undefined : propagationFlags(name)) ?? 0;
}

function setPropagation(dir: Register | undefined, path: string, type: number): Op {
  const flags = type & MS.REC ? AT.RECURSIVE : 0;
  return op("mountSetattr", { dir, path, flags, set: 0, clear: 0, propagation: type & ~MS.REC, userns: undefined }, FIELD);
}

/**
 * Cuts the new mount namespace off: events of the host may come in, none go out. `shared` keeps the tie, for volumes that
 * are shared with the host, and cuts off only the mount that holds the rootfs.
 * `parentMount`: the mount point that the rootfs lies on (mountPointOf), which `shared` needs: pivot_root(2) refuses a shared parent,
 * and the container's mounts would show up on the host.
 */
export function propagationOps(config: RuntimeConfig, { parentMount }: { readonly parentMount: string }): Op[] {
  const type = wanted(config);
  if (type & MS.SHARED) return [setPropagation(undefined, "/", type), setPropagation(undefined, parentMount, MS.PRIVATE)];
  // Always all mounts, or those below would still be the host's peers. `unbindable` waits: it would refuse the clone of the rootfs.
  return [setPropagation(undefined, "/", type === (MS.PRIVATE | MS.REC) ? type : MS.SLAVE | MS.REC)];
}

/**
 * Clones the tree at `path` (absolute), attaches the clone over it (pivot_root(2) wants a mount point, and hooks look for the
 * container there) and leaves it open in register `root`.
 */
export function rootOps(config: RuntimeConfig, { registers, root, path }: RootfsContext & { readonly path: string }): Op[] {
  const policy = { from: "root.path", subject: `root file system ${path}` };
  const below = registers.named("rootfs");
  const slave = (wanted(config) & MS.SLAVE) !== 0;
  return [
    // The slash: it must be a directory.
    op("open", { dir: undefined, path: `${path}/`, flags: OPEN_COMMON.O_PATH, mode: 0, out: below }, policy),
    op("openTree", { dir: below, path: "", flags: AT.EMPTY_PATH | AT.RECURSIVE | OPEN_TREE_CLONE, out: root }, policy),
    ...(slave ? [] : [setPropagation(root, "", MS.PRIVATE)]),
    op("moveMount", { from: root, to: below, flags: 0 }, policy),
    op("close", { fd: below }, policy),
  ];
}

/**
 * Makes register `root` the root directory, and the host's unreachable. `noPivot` only moves it there, for an initramfs; the host's
 * mounts then stay in the namespace, out of sight.
 * `procMounts` (fullProcMounts) are those of the host that show all of procfs or sysfs: while one is in the namespace the kernel lets a
 * user namespace inside mount these file systems anew, without the masks (mount_too_revealing), so that they are taken away or covered.
 */
export function pivotOps({ registers, root }: RootfsContext, { noPivot, procMounts = ["/sys", "/proc"] }: PivotOptions): Op[] {
  if (!noPivot) return [op("pivotRoot", { root }, "root.path")];
  return [...procMounts.flatMap((path) => hideOps(path, registers)), op("moveRoot", { root }, "root.path")];
}

export interface PivotOptions {
  readonly noPivot: boolean;
  readonly procMounts?: readonly string[];
}

/** Unmounts a mount of the host's from this namespace; one that is locked there (EINVAL) is covered. */
function hideOps(path: string, registers: Registers): Op[] {
  const policy = { from: "--no-pivot", subject: path };
  const [target, mount] = [registers.named("target"), registers.named("mount")];
  const covering = { ...policy, fallback: true, ifSet: true };
  return [
    op("umount", { path, flags: MNT.DETACH }, { ...policy, tolerate: ["EINVAL", "EPERM", "ENOENT"] }),
    op(
      "open",
      { dir: undefined, path, flags: OPEN_COMMON.O_PATH, mode: 0, out: target },
      { ...policy, fallback: true, tolerate: ["ENOENT"] },
    ),
    op("fsMount", { type: "tmpfs", options: [], attr: MOUNT_ATTR.RDONLY, out: mount }, { ...policy, fallback: true }),
    op("moveMount", { from: mount, to: target, flags: 0 }, covering),
    ...[target, mount].map((fd) => op("close", { fd }, covering)),
  ];
}

/** After the pivot: the propagation types that could not be set before it. */
export function finalPropagationOps(config: RuntimeConfig, { root }: RootfsContext): Op[] {
  const type = wanted(config);
  return type & (MS.SHARED | MS.UNBINDABLE) ? [setPropagation(root, "", type)] : [];
}

/** Last: the root read-only, when asked; what is mounted below it stays as it is. */
export function readonlyRootOps(config: RuntimeConfig, { root }: RootfsContext): Op[] {
  if (!config.root.readonly) return [];
  const attributes = { set: MOUNT_ATTR.RDONLY, clear: 0, propagation: 0, userns: undefined };
  return [op("mountSetattr", { dir: root, path: "", flags: 0, ...attributes }, "root.readonly")];
}
