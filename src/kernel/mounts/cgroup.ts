// Mounts of type `cgroup`: what a container sees of the control groups, runtime-spec 1.3 config-linux.md, "Control groups", and
// cgroup_namespaces(7). v2 is one mount. v1 is a tmpfs with a mount per hierarchy; a hybrid host adds v2 as `unified`.
//
// With a cgroup namespace of its own the container gets real mounts, whose root is its own cgroup. Without one it gets a bind
// of its own directory, never the host's tree.
import { posix } from "node:path";
import { type Op, type OpPolicy, op, type Register } from "../plan/plan.ts";
import { MOUNT_ATTR, OPEN_TREE_CLONE } from "../tables/mount-flags.ts";
import { AT, S_IF } from "../tables/open-flags.ts";
import { attachOps, policyOf, propagationOps, targetOps } from "./attach.ts";
import { setAttributes } from "./attributes.ts";
import type { CgroupDirectory, MountContext, MountEntry, MountSink } from "./context.ts";

/** Adds a mount of type `cgroup` (whatever the host has) or `cgroup2` (v2 alone). */
export function cgroupMount(entry: MountEntry, context: MountContext, sink: MountSink): void {
  if (context.cgroup.v1.length > 0 && entry.mount.type === "cgroup") v1Mount(entry, context, sink);
  else v2Mount(entry, context, sink);
}

function v2Mount(entry: MountEntry, context: MountContext, sink: MountSink): void {
  const mount = context.registers.named("mount");
  const hierarchy = context.cgroup.v2;
  sink.child.push(
    ...targetOps(entry, context, "directory"),
    ...hierarchyOps(entry, context, { mount, hierarchy, attr: attributesOf(entry) | guard(entry, hierarchy) }),
    ...attachOps(entry, context, mount),
    op("close", { fd: mount }, policyOf(entry)),
  );
}

/** The attributes asked for; the `r` forms mean the same here. */
function attributesOf(entry: MountEntry): number {
  return entry.options.attributes.set | entry.options.recursive.set;
}

function v1Mount(entry: MountEntry, context: MountContext, sink: MountSink): void {
  const { v1, v2 } = context.cgroup;
  const policy = policyOf(entry);
  const tmpfs = context.registers.named("cgroup tmpfs");
  const attr = attributesOf(entry) & ~MOUNT_ATTR.RDONLY;
  const options = ["source=tmpfs", "mode=755", "size=1024k", ...(context.mountLabel ? [`context=${context.mountLabel}`] : [])];
  sink.child.push(
    ...targetOps(entry, context, "directory"),
    op("fsMount", { type: "tmpfs", options, attr: attr | MOUNT_ATTR.NOSUID | MOUNT_ATTR.NODEV | MOUNT_ATTR.NOEXEC, out: tmpfs }, policy),
    op("moveMount", { from: tmpfs, to: context.registers.named("target"), flags: 0 }, policy),
    op("close", { fd: context.registers.named("target") }, policy),
    ...v1.flatMap((hierarchy) => insideOps(entry, context, { tmpfs, hierarchy, name: posix.basename(hierarchy.mountpoint) })),
    ...(v2 === undefined ? [] : insideOps(entry, context, { tmpfs, hierarchy: v2, name: "unified" })),
    ...v1.flatMap((hierarchy) => linkOps(entry, tmpfs, hierarchy)),
    ...(attributesOf(entry) & MOUNT_ATTR.RDONLY
      ? [setAttributes(tmpfs, { set: MOUNT_ATTR.RDONLY, clear: 0, recursive: false }, policy)]
      : []),
    ...propagationOps(entry, tmpfs),
    op("close", { fd: tmpfs }, policy),
  );
}

/** One hierarchy inside the tmpfs, whose own descriptor is the root of the path: nobody can have put a link there. */
function insideOps(
  entry: MountEntry,
  context: MountContext,
  { tmpfs, hierarchy, name }: { tmpfs: Register; hierarchy: CgroupDirectory; name: string },
): Op[] {
  const policy = { from: entry.from, subject: `cgroup ${name} on ${posix.join(entry.destination, name)}` };
  const [mount, target] = [context.registers.named("mount"), context.registers.named("target")];
  return [
    op("makeIn", { root: tmpfs, path: `/${name}`, mode: S_IF.DIR | 0o755, out: target }, policy),
    ...hierarchyOps(entry, context, { mount, hierarchy, attr: attributesOf(entry) | guard(entry, hierarchy) }),
    op("moveMount", { from: mount, to: target, flags: 0 }, policy),
    ...[target, mount].map((fd) => op("close", { fd }, policy)),
  ];
}

/**
 * A container that lives in the root of a hierarchy would have the whole host's groups before it, on v1 with `release_agent`, a program
 * that the host runs as root (CVE-2022-0492): it gets them read-only unless `rw` was asked for by name. No other directory has that file.
 */
function guard(entry: MountEntry, hierarchy: CgroupDirectory | undefined): number {
  const asked = (entry.options.attributes.clear & MOUNT_ATTR.RDONLY) !== 0;
  return hierarchy !== undefined && hierarchy.directory === hierarchy.mountpoint && !asked ? MOUNT_ATTR.RDONLY : 0;
}

interface HierarchyMount {
  readonly mount: Register;
  readonly hierarchy: CgroupDirectory | undefined;
  readonly attr: number;
}

/** The mount of one hierarchy: made anew in a cgroup namespace, else cloned from the host's. */
function hierarchyOps(entry: MountEntry, context: MountContext, { mount, hierarchy, attr }: HierarchyMount): Op[] {
  const policy = policyOf(entry);
  const controllers = hierarchy?.controllers ?? [];
  const type = controllers.length > 0 ? "cgroup" : "cgroup2";
  const named = controllers.some((controller) => controller.startsWith("name="));
  const options = ["source=cgroup", ...(named ? ["none"] : []), ...controllers, ...entry.options.data];
  const make = { type, options, attr, out: mount };
  if (hierarchy === undefined) return [op("fsMount", make, policy)];
  if (!context.own.has("cgroup")) return cloneOps(hierarchy, { mount, attr, policy });
  // EPERM: the namespace belongs to another user namespace; EBUSY: this very file system is mounted there (crun meets both).
  return [
    op("fsMount", make, { ...policy, tolerate: ["EPERM", "EBUSY"] }),
    ...cloneOps(hierarchy, { mount, attr, policy: { ...policy, fallback: true } }),
  ];
}

function cloneOps(hierarchy: CgroupDirectory, { mount, attr, policy }: { mount: Register; attr: number; policy: OpPolicy }): Op[] {
  const set = attr & ~MOUNT_ATTR._ATIME;
  return [
    // Recursive: a less privileged mount namespace may not uncover what is mounted below.
    op("openTree", { dir: undefined, path: hierarchy.directory, flags: OPEN_TREE_CLONE | AT.RECURSIVE, out: mount }, policy),
    ...(set === 0 ? [] : [setAttributes(mount, { set, clear: 0, recursive: true }, policy)]),
  ];
}

/** `cpu` and `cpuacct` beside `cpu,cpuacct`, where controllers share a hierarchy. */
function linkOps(entry: MountEntry, tmpfs: Register, hierarchy: CgroupDirectory): Op[] {
  const directory = posix.basename(hierarchy.mountpoint);
  if (hierarchy.controllers.length < 2) return [];
  return hierarchy.controllers
    .filter((controller) => controller !== directory && !controller.startsWith("name="))
    .map((controller) => op("symlink", { root: tmpfs, target: directory, path: `/${controller}` }, policyOf(entry)));
}
