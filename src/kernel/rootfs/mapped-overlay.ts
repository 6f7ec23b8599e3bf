// An overlay for a container whose ids are not the host's: the layers are seen through an idmapped mount of the directory that holds them, the
// writable one through another, and no file changes its owner. mount_setattr(2), "ID-mapped mounts"; layers by descriptor: Linux 6.13,
// Documentation/filesystems/overlayfs.rst.
import { dirname, relative } from "node:path/posix";
import { TeuError } from "../../base/errors.ts";
import type { Mount } from "../../spec/runtime/config.ts";
import { type Op, op, type Register } from "../plan/plan.ts";
import { MOUNT_ATTR, OPEN_TREE_CLONE } from "../tables/mount-flags.ts";
import { OPEN_COMMON } from "../tables/open-flags.ts";
import { LAYERS, type RootMountContext, readOverlay } from "./root-mount.ts";

const POLICY = { from: LAYERS, subject: "the layers of the image" };

/**
 * Makes the overlay in register `root`, attached nowhere, in the host section. `userns` is a user namespace with the container's maps.
 * @throws TeuError `unsupported` before Linux 6.13
 */
export function mappedOverlayOps(mount: Mount, context: RootMountContext & { readonly userns: Register }): Op[] {
  const { registers, root, kernel } = context;
  if (kernel.major < 6 || (kernel.major === 6 && kernel.minor < 13)) {
    throw new TeuError(
      "unsupported",
      `map the ids of the image's layers: linux.uidMappings: overlay takes mapped layers from Linux 6.13 on; this is ${kernel.major}.${kernel.minor}`,
    );
  }
  const { layers, paths, flags, readonly } = readOverlay(mount);
  const fs = registers.named("overlay");
  return [
    op("fsOpen", { type: "overlay", out: fs }, POLICY),
    op("fsSet", { fs, options: [`source=${mount.source ?? "overlay"}`, ...flags] }, POLICY),
    ...mappedTreeOps({ name: "layers", keys: layers.map((path) => ["lowerdir+", path]) }, { ...context, fs }),
    ...(paths.length === 0 ? [] : mappedTreeOps({ name: "writable layer", keys: paths }, { ...context, fs })),
    op("fsMake", { fs, attr: readonly ? MOUNT_ATTR.RDONLY : 0, out: root }, POLICY),
    // Only now: overlayfs clones the mounts when it is made, and one whose last descriptor is closed is none any more.
    ...["layers", ...(paths.length === 0 ? [] : ["writable layer"])].map((name) => op("close", { fd: registers.named(name) }, POLICY)),
  ];
}

interface MappedTree {
  /** Of its register. */
  readonly name: string;
  /** Options of the overlay, and the directories that they are. */
  readonly keys: readonly (readonly [key: string, path: string])[];
}

/** Clones the directory that holds all of them, maps it, and hands its parts to the overlay. */
function mappedTreeOps(
  { name, keys }: MappedTree,
  { registers, userns, fs }: Pick<RootMountContext, "registers"> & { readonly userns: Register; readonly fs: Register },
): Op[] {
  const [tree, dir] = [registers.named(name), registers.named("layer")];
  const parent = commonParent(keys.map(([, path]) => path));
  const mapped = { ...POLICY, subject: `idmapped ${parent}` };
  return [
    op("openTree", { dir: undefined, path: parent, flags: OPEN_TREE_CLONE, out: tree }, { ...POLICY, subject: parent }),
    op("mountSetattr", { dir: tree, path: "", flags: 0, set: MOUNT_ATTR.IDMAP, clear: 0, propagation: 0, userns }, mapped),
    ...keys.flatMap(([key, path]) => [
      op("open", { dir: tree, path: relative(parent, path), flags: OPEN_COMMON.O_PATH, mode: 0, out: dir }, { ...POLICY, subject: path }),
      op("fsSetFd", { fs, key, fd: dir }, { ...POLICY, subject: path }),
      op("close", { fd: dir }, POLICY),
    ]),
  ];
}

/** The innermost directory that all the paths lie below. */
function commonParent(paths: readonly string[]): string {
  const [first = "/", ...others] = paths;
  let parent = dirname(first);
  while (parent !== "/" && !others.every((path) => path.startsWith(`${parent}/`))) parent = dirname(parent);
  return parent;
}
