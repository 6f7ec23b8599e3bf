// Mount options by name: runtime-spec 1.3 config.md, "Linux mount options", and mount(8)'s further names. The parser and
// `features` (mountOptions) read this table. A name that is not in it is the file system's own and goes to fsconfig(2).
import { MOUNT_ATTR, MS } from "./mount-flags.ts";

/**
 * What an option speaks of:
 * - `attr`         an attribute of the mount, MOUNT_ATTR_*
 * - `rec-attr`     the same for the mount and all below it
 * - `super`        a flag of the superblock, MS_*; fsconfig(2) knows it by this name unless `name` is all mount(2) knows
 * - `propagation`  a propagation type, MS_*, with MS_REC for the `r` forms
 * - `bind`         what to do: value MS_REC for the recursive form
 * - `remount`      likewise
 * - `ext`          an extension that is no kernel flag: value EXTENSION.*
 * - `none`         known and without effect here
 */
export type MountOptionKind = "attr" | "rec-attr" | "super" | "propagation" | "bind" | "remount" | "ext" | "none";

export interface MountOptionRow {
  readonly name: string;
  readonly kind: MountOptionKind;
  readonly value: number;
  /** The option takes the flag away. */
  readonly clear?: true;
}

export const EXTENSION = { tmpcopyup: 1, idmap: 2, ridmap: 4 } as const;

// biome-ignore format: table
export const MOUNT_OPTIONS: readonly MountOptionRow[] = [
  { name: "ro",             kind: "attr",        value: MOUNT_ATTR.RDONLY },
  { name: "rw",             kind: "attr",        value: MOUNT_ATTR.RDONLY,      clear: true },
  { name: "nosuid",         kind: "attr",        value: MOUNT_ATTR.NOSUID },
  { name: "suid",           kind: "attr",        value: MOUNT_ATTR.NOSUID,      clear: true },
  { name: "nodev",          kind: "attr",        value: MOUNT_ATTR.NODEV },
  { name: "dev",            kind: "attr",        value: MOUNT_ATTR.NODEV,       clear: true },
  { name: "noexec",         kind: "attr",        value: MOUNT_ATTR.NOEXEC },
  { name: "exec",           kind: "attr",        value: MOUNT_ATTR.NOEXEC,      clear: true },
  { name: "nosymfollow",    kind: "attr",        value: MOUNT_ATTR.NOSYMFOLLOW },
  { name: "symfollow",      kind: "attr",        value: MOUNT_ATTR.NOSYMFOLLOW, clear: true },
  { name: "nodiratime",     kind: "attr",        value: MOUNT_ATTR.NODIRATIME },
  { name: "diratime",       kind: "attr",        value: MOUNT_ATTR.NODIRATIME,  clear: true },
  { name: "noatime",        kind: "attr",        value: MOUNT_ATTR.NOATIME },
  { name: "atime",          kind: "attr",        value: MOUNT_ATTR.NOATIME,     clear: true },
  { name: "relatime",       kind: "attr",        value: MOUNT_ATTR.RELATIME },
  { name: "norelatime",     kind: "attr",        value: MOUNT_ATTR.RELATIME,    clear: true },
  { name: "strictatime",    kind: "attr",        value: MOUNT_ATTR.STRICTATIME },
  { name: "nostrictatime",  kind: "attr",        value: MOUNT_ATTR.STRICTATIME, clear: true },

  { name: "rro",            kind: "rec-attr",    value: MOUNT_ATTR.RDONLY },
  { name: "rrw",            kind: "rec-attr",    value: MOUNT_ATTR.RDONLY,      clear: true },
  { name: "rnosuid",        kind: "rec-attr",    value: MOUNT_ATTR.NOSUID },
  { name: "rsuid",          kind: "rec-attr",    value: MOUNT_ATTR.NOSUID,      clear: true },
  { name: "rnodev",         kind: "rec-attr",    value: MOUNT_ATTR.NODEV },
  { name: "rdev",           kind: "rec-attr",    value: MOUNT_ATTR.NODEV,       clear: true },
  { name: "rnoexec",        kind: "rec-attr",    value: MOUNT_ATTR.NOEXEC },
  { name: "rexec",          kind: "rec-attr",    value: MOUNT_ATTR.NOEXEC,      clear: true },
  { name: "rnosymfollow",   kind: "rec-attr",    value: MOUNT_ATTR.NOSYMFOLLOW },
  { name: "rsymfollow",     kind: "rec-attr",    value: MOUNT_ATTR.NOSYMFOLLOW, clear: true },
  { name: "rnodiratime",    kind: "rec-attr",    value: MOUNT_ATTR.NODIRATIME },
  { name: "rdiratime",      kind: "rec-attr",    value: MOUNT_ATTR.NODIRATIME,  clear: true },
  { name: "rnoatime",       kind: "rec-attr",    value: MOUNT_ATTR.NOATIME },
  { name: "ratime",         kind: "rec-attr",    value: MOUNT_ATTR.NOATIME,     clear: true },
  { name: "rrelatime",      kind: "rec-attr",    value: MOUNT_ATTR.RELATIME },
  { name: "rnorelatime",    kind: "rec-attr",    value: MOUNT_ATTR.RELATIME,    clear: true },
  { name: "rstrictatime",   kind: "rec-attr",    value: MOUNT_ATTR.STRICTATIME },
  { name: "rnostrictatime", kind: "rec-attr",    value: MOUNT_ATTR.STRICTATIME, clear: true },

  { name: "sync",           kind: "super",       value: MS.SYNCHRONOUS },
  { name: "async",          kind: "super",       value: MS.SYNCHRONOUS,         clear: true },
  { name: "dirsync",        kind: "super",       value: MS.DIRSYNC },
  { name: "lazytime",       kind: "super",       value: MS.LAZYTIME },
  { name: "nolazytime",     kind: "super",       value: MS.LAZYTIME,            clear: true },
  { name: "mand",           kind: "super",       value: MS.MANDLOCK },
  { name: "nomand",         kind: "super",       value: MS.MANDLOCK,            clear: true },
  { name: "iversion",       kind: "super",       value: MS.I_VERSION },
  { name: "noiversion",     kind: "super",       value: MS.I_VERSION,           clear: true },

  { name: "private",        kind: "propagation", value: MS.PRIVATE },
  { name: "rprivate",       kind: "propagation", value: MS.PRIVATE | MS.REC },
  { name: "shared",         kind: "propagation", value: MS.SHARED },
  { name: "rshared",        kind: "propagation", value: MS.SHARED | MS.REC },
  { name: "slave",          kind: "propagation", value: MS.SLAVE },
  { name: "rslave",         kind: "propagation", value: MS.SLAVE | MS.REC },
  { name: "unbindable",     kind: "propagation", value: MS.UNBINDABLE },
  { name: "runbindable",    kind: "propagation", value: MS.UNBINDABLE | MS.REC },

  { name: "bind",           kind: "bind",        value: 0 },
  { name: "rbind",          kind: "bind",        value: MS.REC },
  { name: "remount",        kind: "remount",     value: MS.REMOUNT },

  { name: "tmpcopyup",      kind: "ext",         value: EXTENSION.tmpcopyup },
  { name: "idmap",          kind: "ext",         value: EXTENSION.idmap },
  { name: "ridmap",         kind: "ext",         value: EXTENSION.ridmap },

  { name: "defaults",       kind: "none",        value: 0 },
  // MS_SILENT keeps a mount's complaints out of the kernel log; fsopen(2) returns them to the caller instead.
  { name: "silent",         kind: "none",        value: 0 },
  { name: "loud",           kind: "none",        value: 0 },
  // For fstab(5) and its readers only.
  { name: "auto",           kind: "none",        value: 0 },
  { name: "noauto",         kind: "none",        value: 0 },
  { name: "nofail",         kind: "none",        value: 0 },
  { name: "_netdev",        kind: "none",        value: 0 },
];

/** Propagation by name, as `rootfsPropagation` and mount options give it: MS_* with MS_REC for the `r` forms. */
export function propagationFlags(name: string): number | undefined {
  return MOUNT_OPTIONS.find((row) => row.kind === "propagation" && row.name === name)?.value;
}

/** All known names in order, for `features` (features.md, `mountOptions`). */
export function mountOptionNames(): string[] {
  return MOUNT_OPTIONS.map((row) => row.name).sort();
}
