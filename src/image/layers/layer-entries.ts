// Makes tree entries of a layer's tar members: names cleaned, whiteouts told from files (image-spec 1.1 layer.md, "Whiteouts"), and
// everything refused that no system call could make or that would mean something else to the overlay file system than to the image.
import type { ByteString } from "../../base/byte-string.ts";
import type { TreeEntry, TreeSink, Xattr } from "../../spec/tree-entry.ts";
import { cleanName, joinName, splitName } from "./clean-name.ts";
import { DEFAULT_LIMITS, type LayerLimits } from "./limits.ts";
import { refuse, shown } from "./refuse.ts";
import type { TarHandler, TarMember } from "./tar/member.ts";

type Wait = Promise<void> | undefined;

export const WHITEOUT = ".wh.";
/** aufs's own files; but for the one that the specification took over they mean nothing. */
const WHITEOUT_META = ".wh..wh.";
export const OPAQUE = ".wh..wh..opq";

/** Attributes by which overlayfs and fuse-overlayfs know their own marks: an image must not make such marks. */
const OVERLAY_XATTRS = ["trusted.overlay.", "user.overlay.", "user.fuseoverlayfs."];

/** -1 means "leave it" to chown(2). */
const HIGHEST_ID = 0xffff_fffe;
/** PATH_MAX, with the NUL: a longer symlink cannot be made. */
const LONGEST_TARGET = 4095;
/** Bits of a device number's parts (makedev(3)). */
const HIGHEST_MAJOR = 0xfff;
const HIGHEST_MINOR = 0xfffff;
/** XATTR_NAME_MAX, XATTR_SIZE_MAX (limits.h). */
const LONGEST_XATTR_NAME = 255;
const LONGEST_XATTR = 65536;

export class LayerEntries implements TarHandler {
  readonly #sink: TreeSink;
  readonly #limits: LayerLimits;
  readonly #plain: boolean;
  /**
   * Names taken away from below that this layer has not put again so far. They are told at its end: one that a directory of this layer
   * takes the place of makes that opaque, and overlayfs shows those inside opaque directories, which it merges with nothing, by name.
   */
  readonly #whiteouts = new Set<ByteString>();
  readonly #opaque = new Set<ByteString>();
  /** Names that this layer has put so far, and whether each is a directory: a whiteout that comes later is not meant for them. */
  readonly #names = new Map<ByteString, boolean>();
  #passOver = false;
  /** Members so far. */
  count = 0;

  /** @param options.plain a tar that is no layer: a name that begins as whiteouts do is a name like any other */
  constructor(sink: TreeSink, limits: Partial<LayerLimits> = {}, { plain = false }: { readonly plain?: boolean } = {}) {
    this.#sink = sink;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#plain = plain;
  }

  member(member: TarMember): Wait {
    const field = `entry ${shown(member.path)}`;
    if (++this.count > this.#limits.entries) refuse(field, `the layer has more than ${this.#limits.entries} entries`);
    const path = cleanName(member.path, field);
    if (this.#plain) return this.#entry(this.#toEntry(path, member, field));
    const { directory, base } = splitName(path);
    this.#passOver = isMeta(directory) || base.startsWith(WHITEOUT);
    if (isMeta(directory)) return undefined;
    if (hasWhiteoutPart(directory)) refuse(field, "it is inside of a whiteout");
    if (base.startsWith(WHITEOUT)) return this.#mark(directory, base, field);
    // overlayfs takes this device for a whiteout (Documentation/filesystems/overlayfs.rst), so it is one.
    if (path !== "" && member.type === "char" && member.device?.major === 0 && member.device.minor === 0) return this.#whiteout(path);
    return this.#entry(this.#toEntry(path, member, field));
  }

  data(chunk: Uint8Array): Wait {
    return this.#passOver ? undefined : this.#sink.data(chunk);
  }

  /** Tells the whiteouts; no member follows. */
  async end(): Promise<void> {
    for (const path of this.#whiteouts) {
      const wait = this.#isInOpaque(path) ? undefined : this.#sink.whiteout(path);
      if (wait !== undefined) await wait;
    }
  }

  #entry(entry: TreeEntry): Wait {
    const { path, type } = entry;
    this.#names.set(path, type === "directory");
    const hidden = this.#noteParents(path);
    const isBack = this.#whiteouts.delete(path) && type === "directory";
    if (hidden.length === 0 && !isBack) return this.#sink.entry(entry);
    return inTurn([
      ...hidden.map((directory) => () => this.#hide(directory)),
      () => this.#sink.entry(entry),
      ...(isBack ? [() => this.#hide(path)] : []),
    ]);
  }

  /** Directories are there by what is in them. @returns those that take the place of a whiteout */
  #noteParents(path: ByteString): readonly ByteString[] {
    const hidden: ByteString[] = [];
    let { directory } = splitName(path);
    while (directory !== "" && this.#names.get(directory) !== true) {
      this.#names.set(directory, true);
      if (this.#whiteouts.delete(directory)) hidden.push(directory);
      directory = splitName(directory).directory;
    }
    return hidden;
  }

  #hide(directory: ByteString): Wait {
    this.#opaque.add(directory);
    return this.#sink.opaque(directory);
  }

  #isInOpaque(path: ByteString): boolean {
    for (let at = path; at !== ""; ) {
      at = splitName(at).directory;
      if (this.#opaque.has(at)) return true;
    }
    return false;
  }

  #mark(directory: ByteString, base: ByteString, field: string): Wait {
    if (base === OPAQUE) return this.#hide(directory);
    if (base.startsWith(WHITEOUT_META)) return undefined;
    // A piece of bytes is bytes.
    const name = base.slice(WHITEOUT.length) as ByteString;
    if (name === "" || name === "." || name === "..") refuse(field, `a whiteout of ${shown(name)} takes away no file`);
    return this.#whiteout(joinName(directory, name));
  }

  /** It takes away what is in the layers below only ("Whiteouts"): of this one a file hides that anyway, a directory must be told to. */
  #whiteout(path: ByteString): Wait {
    const isDirectory = this.#names.get(path);
    if (isDirectory !== undefined) return isDirectory ? this.#hide(path) : undefined;
    this.#whiteouts.add(path);
    return undefined;
  }

  #toEntry(path: ByteString, member: TarMember, field: string): TreeEntry {
    const { type, uid, gid, device, target, xattrs } = member;
    if (path === "" && type !== "directory") refuse(field, `the root of the layer is a ${type}`);
    if (!isId(uid) || !isId(gid)) refuse(field, `its owner ${uid}:${gid} is not within 0 to ${HIGHEST_ID}`);
    if (device !== undefined && !isDevice(device)) refuse(field, `its device ${device.major}:${device.minor} is none that Linux can have`);
    return {
      ...member,
      path,
      ...(target === undefined ? {} : { target: type === "hardlink" ? this.#linked(path, target, field) : pointed(target, field) }),
      ...(xattrs === undefined ? {} : { xattrs: this.#kept(xattrs, field) }),
    };
  }

  /** The name that a hard link is another one of: each layer is made by itself, so what is below is out of its reach. */
  #linked(path: ByteString, target: ByteString, field: string): ByteString {
    const clean = linked(path, target, field);
    if (this.#names.get(clean) !== false) refuse(field, `it is a hard link to ${shown(clean)}, which is no file of this layer so far`);
    return clean;
  }

  /** The attributes that an image may set. */
  #kept(xattrs: readonly Xattr[], field: string): readonly Xattr[] {
    if (xattrs.length > this.#limits.xattrs) {
      refuse(field, `it has ${xattrs.length} extended attributes, more than ${this.#limits.xattrs}`);
    }
    for (const { name, value } of xattrs) {
      if (name === "" || name.length > LONGEST_XATTR_NAME || name.includes("\0")) {
        refuse(field, `its extended attribute ${shown(name)} has a name that Linux does not take`);
      }
      if (value.length > LONGEST_XATTR)
        refuse(field, `its extended attribute ${shown(name)} has ${value.length} bytes, more than ${LONGEST_XATTR}`);
    }
    return xattrs.filter(({ name }) => !OVERLAY_XATTRS.some((prefix) => name.startsWith(prefix)));
  }
}

/** Calls one after the other; who does not wait does not make others wait. */
function inTurn([first, ...others]: readonly (() => Wait)[]): Wait {
  const wait = first?.();
  if (others.length === 0) return wait;
  return wait === undefined ? inTurn(others) : wait.then(() => inTurn(others));
}

const isId = (id: number) => id >= 0 && id <= HIGHEST_ID;

const isDevice = ({ major, minor }: { readonly major: number; readonly minor: number }) =>
  major >= 0 && major <= HIGHEST_MAJOR && minor >= 0 && minor <= HIGHEST_MINOR;

const isMeta = (directory: ByteString) => directory.startsWith(WHITEOUT_META) || directory.includes(`/${WHITEOUT_META}`);

const hasWhiteoutPart = (directory: ByteString) => directory.startsWith(WHITEOUT) || directory.includes(`/${WHITEOUT}`);

/** A hard link's target is a name of this tree, from its root. */
function linked(path: ByteString, target: ByteString, field: string): ByteString {
  const clean = cleanName(target, `${field}: link target ${shown(target)}`);
  if (clean === path) refuse(field, "it is a hard link to itself");
  if (clean === "") refuse(field, "it is a hard link to the root of the layer");
  return clean;
}

/** A symlink's text is nobody's name until the container follows it, so it may say anything that symlink(2) takes. */
function pointed(target: ByteString, field: string): ByteString {
  if (target === "") refuse(field, "it is a symbolic link without a target");
  if (target.includes("\0")) refuse(field, "the target of the symbolic link holds a NUL byte");
  if (target.length > LONGEST_TARGET) refuse(field, `the target of the symbolic link is longer than ${LONGEST_TARGET} bytes`);
  return target;
}
