// Bind mounts and remounts. The source is cloned into a detached mount, changed while nobody sees it, and attached last.
import { posix } from "node:path";
import { type Op, op, type Register } from "../plan/plan.ts";
import { MOUNT_ATTR, MS, OPEN_TREE_CLONE } from "../tables/mount-flags.ts";
import { AT, FS_MAGIC, OPEN_COMMON } from "../tables/open-flags.ts";
import { attachOps, policyOf, propagationOps, targetLikeOps, targetOps } from "./attach.ts";
import { attributeOps, setPropagation } from "./attributes.ts";
import type { MountContext, MountEntry, MountSink } from "./context.ts";
import { idmapOps } from "./idmap.ts";
import { subpathOps } from "./subpath.ts";

/** procfs's root directory has this inode number in every instance (PROC_ROOT_INO). */
const PROC_ROOT_INO = 1;

/** Adds a bind mount; an idmapped one, or one whose source only the host can reach, is prepared in the host section. */
export function bindMount(entry: MountEntry, context: MountContext, sink: MountSink): void {
  const policy = policyOf(entry);
  const source = posix.resolve(context.bundle, entry.mount.source ?? "");
  const early = entry.options.idmap !== undefined || entry.mount.uidMappings !== undefined || context.openSourcesInHost;
  const tree = context.registers.named(early ? entry.from : "mount");
  const { subpath } = entry.options;
  const prepare: Op[] = [
    ...sourceOps(entry, context, { source, tree }),
    // Cloned on the host, it is a peer of the host's mount, and what the container mounts below would show up there; in the child
    // the whole namespace has been made a slave before.
    ...(early ? [setPropagation(tree, MS.SLAVE | MS.REC, policy)] : []),
    ...idmapOps(entry, context, tree),
    ...attributeOps(tree, entry.options, { ...policy, locked: context.unprivileged && !early }),
  ];
  (early ? sink.host : sink.child).push(...prepare);
  sink.child.push(
    // In place of procfs only procfs: what the runtime writes to /proc must not land elsewhere (CVE-2019-16884).
    ...(entry.destination === "/proc" ? [op("checkFs", { fd: tree, magic: FS_MAGIC.proc, ino: PROC_ROOT_INO }, policy)] : []),
    ...(subpath === undefined
      ? targetOps(entry, context, context.sourceKind(source) === "file" ? "file" : "directory")
      : targetLikeOps(entry, context, tree)),
    // An extension of ours: a new volume begins with what the image has there.
    ...(entry.options.copyUp ? [op("copyUp", { root: context.root, path: entry.destination, into: tree }, policy)] : []),
    ...attachOps(entry, context, tree),
    op("close", { fd: tree }, policy),
  );
}

/** Clones the source, or a part of it, into register `tree`. */
function sourceOps(entry: MountEntry, context: MountContext, { source, tree }: { readonly source: string; readonly tree: Register }): Op[] {
  const policy = policyOf(entry);
  const { bind, subpath } = entry.options;
  const recursive = bind?.recursive === true;
  if (subpath === undefined) {
    const flags = OPEN_TREE_CLONE | (recursive ? AT.RECURSIVE : 0);
    return [op("openTree", { dir: undefined, path: source, flags, out: tree }, policy)];
  }
  const whole = context.registers.named("source");
  return [
    // The slash: it must be a directory.
    op("open", { dir: undefined, path: `${source}/`, flags: OPEN_COMMON.O_PATH, mode: 0, out: whole }, policy),
    ...subpathOps(entry, context, { whole, path: subpath, recursive, out: tree }),
  ];
}

/** Superblock flags that mount(2) takes for what MOUNT_ATTR_* says of a mount. */
// biome-ignore format: table
const AS_MOUNT_FLAG: readonly (readonly [attribute: number, flag: number])[] = [
  [MOUNT_ATTR.RDONLY,      MS.RDONLY],
  [MOUNT_ATTR.NOSUID,      MS.NOSUID],
  [MOUNT_ATTR.NODEV,       MS.NODEV],
  [MOUNT_ATTR.NOEXEC,      MS.NOEXEC],
  [MOUNT_ATTR.NOSYMFOLLOW, MS.NOSYMFOLLOW],
  [MOUNT_ATTR.NODIRATIME,  MS.NODIRATIME],
  [MOUNT_ATTR.NOATIME,     MS.NOATIME],
  [MOUNT_ATTR.STRICTATIME, MS.STRICTATIME],
];

/** Attributes and superblock flags as one word of mount(2) flags. */
function mountFlags(entry: MountEntry): number {
  const attributes = entry.options.attributes.set | entry.options.recursive.set;
  return AS_MOUNT_FLAG.reduce((flags, [attribute, flag]) => (attributes & attribute ? flags | flag : flags), entry.options.super.set);
}

/** Changes superblock options of an attached mount, which takes mount(2): its flags replace those that were there. */
export function superblockRemount(entry: MountEntry, mount: Register): Op {
  return op("remountLegacy", { target: mount, flags: MS.REMOUNT | mountFlags(entry), data: entry.options.data.join(",") }, policyOf(entry));
}

/** Adds a remount: of attributes only, unless the options speak of the superblock. */
export function remount(entry: MountEntry, context: MountContext, sink: MountSink): void {
  const policy = policyOf(entry);
  const target = context.registers.named("target");
  const { super: flags, data, bind } = entry.options;
  const superblock = !bind && (data.length > 0 || flags.set !== 0 || flags.clear !== 0);
  sink.child.push(
    op("openIn", { root: context.root, path: entry.destination, flags: OPEN_COMMON.O_PATH, mode: 0, resolve: 0, out: target }, policy),
    ...(superblock ? [superblockRemount(entry, target)] : []),
    ...attributeOps(target, entry.options, { ...policy, locked: context.unprivileged }),
    ...propagationOps(entry, target),
    op("close", { fd: target }, policy),
  );
}
