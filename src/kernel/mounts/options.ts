// Parses the `options` of one mount: runtime-spec 1.3 config.md, "Linux mount options". Options apply in order, later ones win.
import { MOUNT_ATTR, MS } from "../tables/mount-flags.ts";
import { EXTENSION, MOUNT_OPTIONS, type MountOptionRow } from "../tables/mount-options.ts";

/** A change of attributes as mount_setattr(2) takes it. */
export interface AttributeChange {
  readonly set: number;
  /** Always with the whole access-time mask when an access-time option was given. */
  readonly clear: number;
}

export interface ParsedOptions {
  readonly attributes: AttributeChange;
  readonly recursive: AttributeChange;
  /** Superblock flags to set and to clear, MS_*. */
  readonly super: { readonly set: number; readonly clear: number };
  /** MS_* propagation types in the order given, MS_REC for the recursive ones. */
  readonly propagation: readonly number[];
  readonly bind?: { readonly recursive: boolean };
  readonly remount: boolean;
  readonly copyUp: boolean;
  readonly idmap?: { readonly recursive: boolean };
  /** What of the source is mounted: a path in it, whose links lead nowhere out of it. */
  readonly subpath?: string;
  /** The file system's own options, `key` or `key=value`. */
  readonly data: readonly string[];
}

/** An extension of ours, with the value that it is followed by. */
export const SUBPATH = "x-teu.subpath=";

const ROWS = new Map<string, MountOptionRow>(MOUNT_OPTIONS.map((row) => [row.name, row]));

/** Collects attribute options; `touched` says which bits were spoken of, `bits` how they ended. */
class Attributes {
  #bits = 0;
  #touched = 0;

  apply(row: MountOptionRow): void {
    const atime = row.value === MOUNT_ATTR.RELATIME || (row.value & MOUNT_ATTR._ATIME) !== 0;
    const mask = atime ? MOUNT_ATTR._ATIME : row.value;
    // Taking an access-time choice back gives the kernel's default, which is relatime (mount(8)).
    const bits = row.clear ? 0 : row.value;
    this.#bits = (this.#bits & ~mask) | bits;
    this.#touched |= mask;
  }

  change(): AttributeChange {
    const atime = this.#touched & MOUNT_ATTR._ATIME;
    return { set: this.#bits, clear: atime | (this.#touched & ~MOUNT_ATTR._ATIME & ~this.#bits) };
  }
}

/**
 * Splits an option that holds several, as mount(2)'s comma-separated data may: not inside double quotes (an SELinux
 * context) and not after a backslash (an overlay directory).
 */
function splitData(option: string): string[] {
  const parts = option.match(/(?:\\.|"[^"]*"|[^,])+/gs) ?? [];
  return parts.map((part) => part.replace(/^([^=]+=)"([^"]*)"$/s, "$1$2"));
}

/** Reads the options of a mount; a name that the table does not know is the file system's own. */
export function parseMountOptions(options: readonly string[]): ParsedOptions {
  const attributes = new Attributes();
  const recursive = new Attributes();
  const superFlags = { set: 0, clear: 0 };
  const propagation: number[] = [];
  const data: string[] = [];
  let bind: { recursive: boolean } | undefined;
  let remount = false;
  let extensions = 0;
  let subpath: string | undefined;
  for (const option of options) {
    const row = ROWS.get(option);
    switch (row?.kind) {
      case undefined:
        // Options for fstab(5)'s other readers are not the file system's business (mount(8), "x-*").
        if (option.startsWith(SUBPATH)) subpath = option.slice(SUBPATH.length);
        else if (!/^x-/i.test(option)) data.push(...splitData(option));
        break;
      case "attr":
        attributes.apply(row);
        break;
      case "rec-attr":
        recursive.apply(row);
        break;
      case "super":
        superFlags.set = row.clear ? superFlags.set & ~row.value : superFlags.set | row.value;
        superFlags.clear = row.clear ? superFlags.clear | row.value : superFlags.clear & ~row.value;
        break;
      case "propagation":
        propagation.push(row.value);
        break;
      case "bind":
        bind = { recursive: (row.value & MS.REC) !== 0 };
        break;
      case "remount":
        remount = true;
        break;
      case "ext":
        extensions |= row.value;
        break;
      case "none":
        break;
    }
  }
  const idmap = extensions & (EXTENSION.idmap | EXTENSION.ridmap);
  return {
    attributes: attributes.change(),
    recursive: recursive.change(),
    super: superFlags,
    propagation,
    ...(bind === undefined ? {} : { bind }),
    remount,
    copyUp: (extensions & EXTENSION.tmpcopyup) !== 0,
    ...(idmap === 0 ? {} : { idmap: { recursive: (idmap & EXTENSION.ridmap) !== 0 } }),
    ...(subpath === undefined ? {} : { subpath }),
    data,
  };
}

/** Whether a change does anything. */
export function changes(change: AttributeChange): boolean {
  return change.set !== 0 || change.clear !== 0;
}
