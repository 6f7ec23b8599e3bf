// Masked and read-only paths: runtime-spec 1.3 config-linux.md. A path that the container does not have is passed over.
import { type Op, op } from "../plan/plan.ts";
import { MOUNT_ATTR, OPEN_TREE_CLONE } from "../tables/mount-flags.ts";
import { AT, OPEN_COMMON, S_IF } from "../tables/open-flags.ts";
import type { RootfsContext } from "./context.ts";

const NULL_DEVICE = { type: S_IF.CHR, major: 1, minor: 3 };

/**
 * Hides paths: a file behind the null device, a directory behind one read-only empty tmpfs that all of them share. The null device
 * is the host's, opened before the pivot, and seen to be character device 1:3 (CVE-2025-31133): never one that an image brought.
 * Runs before the pivot, while the host's /dev is there.
 */
export function maskOps(paths: readonly string[], context: RootfsContext & { readonly mountLabel?: string }): Op[] {
  if (paths.length === 0) return [];
  const { registers, root, mountLabel } = context;
  const from = "linux.maskedPaths";
  const [device, file, dir] = [registers.named("/dev/null"), registers.named("mask file"), registers.named("mask directory")];
  const options = ["source=tmpfs", "mode=755", "nr_blocks=1", "nr_inodes=2", ...(mountLabel ? [`context=${mountLabel}`] : [])];
  const attr = MOUNT_ATTR.RDONLY | MOUNT_ATTR.NOSUID | MOUNT_ATTR.NODEV | MOUNT_ATTR.NOEXEC;
  return [
    op("open", { dir: undefined, path: "/dev/null", flags: OPEN_COMMON.O_PATH, mode: 0, out: device }, from),
    op("checkDevice", { fd: device, ...NULL_DEVICE }, from),
    op("openTree", { dir: device, path: "", flags: AT.EMPTY_PATH | OPEN_TREE_CLONE, out: file }, from),
    // Read-only: a device is written to all the same, but chmod(2) of a masked path would reach the host's /dev/null.
    op("mountSetattr", { dir: file, path: "", flags: 0, set: attr & ~MOUNT_ATTR.NODEV, clear: 0, propagation: 0, userns: undefined }, from),
    op("fsMount", { type: "tmpfs", options, attr, out: dir }, from),
    ...paths.flatMap((path, index) => {
      if (paths.indexOf(path) < index) return [];
      return [op("mask", { root, path, file, dir }, { from: `${from}[${index}]`, subject: path, tolerate: ["ENOENT", "ENOTDIR"] })];
    }),
    ...[device, file, dir].map((fd) => op("close", { fd }, from)),
  ];
}

/** Makes paths read-only: a clone of each over itself, which keeps every other attribute. */
export function readonlyPathOps(paths: readonly string[], { registers, root }: RootfsContext): Op[] {
  const [target, mount] = [registers.named("target"), registers.named("mount")];
  return paths.flatMap((path, index) => {
    if (paths.indexOf(path) < index) return [];
    const policy = { from: `linux.readonlyPaths[${index}]`, subject: path };
    const found = { ...policy, ifSet: true };
    const attributes = { set: MOUNT_ATTR.RDONLY, clear: 0, propagation: 0, userns: undefined };
    return [
      op(
        "openIn",
        { root, path, flags: OPEN_COMMON.O_PATH, mode: 0, resolve: 0, out: target },
        { ...policy, tolerate: ["ENOENT", "ENOTDIR"] },
      ),
      op("openTree", { dir: target, path: "", flags: AT.EMPTY_PATH | AT.RECURSIVE | OPEN_TREE_CLONE, out: mount }, found),
      op("mountSetattr", { dir: mount, path: "", flags: 0, ...attributes }, found),
      op("moveMount", { from: mount, to: target, flags: 0 }, found),
      op("close", { fd: mount }, found),
      op("close", { fd: target }, found),
    ];
  });
}
