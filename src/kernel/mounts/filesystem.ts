// Mounts of file systems: runtime-spec 1.3 config.md, "Mounts", and config-linux.md, "Default Filesystems".
import { type Op, op, type Register } from "../plan/plan.ts";
import { MOUNT_ATTR, MS, OPEN_TREE_CLONE } from "../tables/mount-flags.ts";
import { AT } from "../tables/open-flags.ts";
import { attachOps, policyOf, targetLikeOps, targetOps } from "./attach.ts";
import { setAttributes } from "./attributes.ts";
import { superblockRemount } from "./bind.ts";
import type { IdMaps, MountContext, MountEntry, MountSink } from "./context.ts";
import { subpathOps } from "./subpath.ts";

interface FilesystemTraits {
  /** Its superblock is made for the container or shared by all: `ro` is the mount's alone, never the superblock's. */
  readonly pseudo?: true;
  /** Knows the SELinux option `context`; the others refuse it or label themselves. */
  readonly unlabelled?: true;
  /** Speaks to a server: through the network of whoever mounts it, which is the host's, before the container has its own. */
  readonly remote?: true;
}

// biome-ignore format: table
const TRAITS: Readonly<Record<string, FilesystemTraits>> = {
  "9p":       { remote: true },
  bpf:        { pseudo: true },
  ceph:       { remote: true },
  cifs:       { remote: true },
  cgroup:     { pseudo: true, unlabelled: true },
  cgroup2:    { pseudo: true, unlabelled: true },
  debugfs:    { pseudo: true },
  devpts:     { pseudo: true },
  devtmpfs:   { pseudo: true },
  mqueue:     { pseudo: true, unlabelled: true },
  nfs:        { remote: true, unlabelled: true },
  nfs4:       { remote: true, unlabelled: true },
  proc:       { pseudo: true, unlabelled: true },
  ramfs:      { pseudo: true },
  securityfs: { pseudo: true },
  smb3:       { remote: true },
  sysfs:      { pseudo: true, unlabelled: true },
  tmpfs:      { pseudo: true },
  tracefs:    { pseudo: true },
};

/** Superblock flags that fsconfig(2) knows, by its names for them; I_VERSION is mount(2)'s alone. */
// biome-ignore format: table
const SUPER_OPTIONS: readonly (readonly [flag: number, set: string, clear: string | undefined])[] = [
  [MS.SYNCHRONOUS, "sync",     "async"],
  [MS.DIRSYNC,     "dirsync",  undefined],
  [MS.LAZYTIME,    "lazytime", "nolazytime"],
  [MS.MANDLOCK,    "mand",     "nomand"],
];

/** fsconfig(2) takes string values below this length; overlay then wants its layers one by one. */
const MAX_VALUE = 256;

/** Adds a mount of a file system of its own. */
export function filesystemMount(entry: MountEntry, context: MountContext, sink: MountSink): void {
  const policy = policyOf(entry);
  const { attributes, recursive, super: flags, copyUp, subpath } = entry.options;
  const attr = attributes.set | recursive.set;
  // What is still to be filled (a tmpfs, /dev) becomes read-only when everything is in it.
  const late = (attr & MOUNT_ATTR.RDONLY) !== 0 && (entry.mount.type === "tmpfs" || entry.destination === "/dev");
  const early = TRAITS[entry.mount.type ?? ""]?.remote === true && !context.unprivileged;
  const mount = context.registers.named(late || early ? entry.from : "mount");
  const whole = subpath === undefined ? mount : context.registers.named("source");
  const made = [
    ...makeOps(entry, context, { mount: whole, attr: late ? attr & ~MOUNT_ATTR.RDONLY : attr }),
    ...(subpath === undefined ? [] : subpathOps(entry, context, { whole, path: subpath, recursive: false, out: mount })),
  ];
  if (early) sink.host.push(...made);
  const inChild = early ? [] : made;
  sink.child.push(
    ...(subpath === undefined
      ? [...targetOps(entry, context, "directory"), ...inChild]
      : [...inChild, ...targetLikeOps(entry, context, mount)]),
    ...(copyUp ? [op("copyUp", { root: context.root, path: entry.destination, into: mount }, policy)] : []),
    ...attachOps(entry, context, mount),
    ...((flags.set | flags.clear) & MS.I_VERSION ? [superblockRemount(entry, mount)] : []),
    ...(late ? [] : [op("close", { fd: mount }, policy)]),
  );
  if (late) {
    sink.late.push(
      setAttributes(mount, { set: MOUNT_ATTR.RDONLY, clear: 0, recursive: false }, policy),
      op("close", { fd: mount }, policy),
    );
  }
}

function makeOps(entry: MountEntry, context: MountContext, { mount, attr }: { mount: Register; attr: number }): Op[] {
  const policy = policyOf(entry);
  const type = entry.mount.type ?? "";
  const make = { type, options: superblockOptions(entry, context), attr, out: mount };
  if (type !== "sysfs" || !context.unprivileged) return [op("fsMount", make, policy)];
  // A sysfs of one's own takes a network namespace of one's own, and a host whose /sys hides nothing (mount_too_revealing):
  // else the host's, read-only.
  if (!context.own.has("network")) return hostSysOps(entry, { mount, attr, fallback: false });
  return [op("fsMount", make, { ...policy, tolerate: ["EPERM"] }), ...hostSysOps(entry, { mount, attr, fallback: true })];
}

function hostSysOps(entry: MountEntry, { mount, attr, fallback }: { mount: Register; attr: number; fallback: boolean }): Op[] {
  const policy = { ...policyOf(entry), ...(fallback ? { fallback } : {}) };
  const atime = attr & MOUNT_ATTR._ATIME;
  return [
    op("openTree", { dir: undefined, path: "/sys", flags: OPEN_TREE_CLONE | AT.RECURSIVE, out: mount }, policy),
    // The access-time choice of inherited mounts is locked, and means nothing here.
    setAttributes(mount, { set: (attr & ~atime) | MOUNT_ATTR.RDONLY, clear: 0, recursive: true }, policy),
  ];
}

/** The options of a new superblock, one fsconfig(2) call each. */
function superblockOptions(entry: MountEntry, context: MountContext): string[] {
  const { mount, options } = entry;
  const type = mount.type ?? "";
  const traits = TRAITS[type] ?? {};
  const readonly = ((options.attributes.set | options.recursive.set) & MOUNT_ATTR.RDONLY) !== 0;
  return [
    `source=${mount.source || type}`,
    ...(readonly && !traits.pseudo ? ["ro"] : []),
    ...SUPER_OPTIONS.flatMap(([flag, set, clear]) => {
      if (options.super.set & flag) return [set];
      return options.super.clear & flag && clear !== undefined ? [clear] : [];
    }),
    ...(context.mountLabel && !traits.unlabelled ? [`context=${context.mountLabel}`] : []),
    ...dataOptions(entry, context),
  ];
}

function dataOptions(entry: MountEntry, context: MountContext): string[] {
  const { data } = entry.options;
  switch (entry.mount.type) {
    case "tmpfs": {
      const mode = data.some((option) => option.startsWith("mode=")) ? undefined : context.targetMode?.(entry.destination);
      return mode === undefined ? [...data] : [...data, `mode=${mode.toString(8).padStart(4, "0")}`];
    }
    case "devpts":
      // Engines ask for gid=5 (tty) by habit; with an id that the user namespace lacks the mount would be EINVAL.
      return data.filter((option) => isMapped(option, context.idMaps));
    case "overlay":
      return data.flatMap(shortLayers);
    default:
      return [...data];
  }
}

function isMapped(option: string, maps: IdMaps | undefined): boolean {
  const [, kind, text] = /^(uid|gid)=(\d+)$/.exec(option) ?? [];
  if (maps === undefined || text === undefined) return true;
  const id = Number(text);
  const mappings = kind === "uid" ? maps.uidMappings : maps.gidMappings;
  return mappings.some((map) => id >= map.containerID && id < map.containerID + map.size);
}

/** `lowerdir=a:b` as `lowerdir+=a`, `lowerdir+=b` (Linux 6.7) where the whole is too long for one value. */
function shortLayers(option: string): string[] {
  const value = option.startsWith("lowerdir=") ? option.slice("lowerdir=".length) : "";
  if (Buffer.byteLength(value) < MAX_VALUE) return [option];
  const layers = value.match(/(?:\\.|[^:\\])+/gs) ?? [];
  return layers.map((layer) => `lowerdir+=${layer.replace(/\\(.)/gs, "$1")}`);
}
