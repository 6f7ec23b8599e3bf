// One file of a tree: what an entry of a tar, a change of a layer and a scan of a directory all say, and the value that the image
// layer and the kernel layer exchange. A file's content follows its entry as data.
import type { ByteString } from "../base/byte-string.ts";

export type EntryType = "file" | "directory" | "symlink" | "hardlink" | "char" | "block" | "fifo";

export interface Timestamp {
  /** Since the epoch; may be negative. */
  readonly seconds: number;
  readonly nanoseconds: number;
}

export interface TreeEntry {
  /** Relative to the tree's root, clean: no empty, `.` or `..` part, no slash at either end; empty for the root directory itself. */
  readonly path: ByteString;
  readonly type: EntryType;
  /** Permission bits, 07777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: Timestamp;
  /** Bytes of a file as stat(2) shows them, holes included; 0 for all others. */
  readonly size: number;
  /** Of a symlink its text; of a hard link the path, as `path`, of the file that it is another name of. */
  readonly target?: ByteString;
  readonly device?: { readonly major: number; readonly minor: number };
  readonly xattrs?: readonly Xattr[];
  /** Of a sparse file: where it has data, in order; the data that follow are these ranges one after another. Absent: one range, all of it. */
  readonly extents?: readonly Extent[];
}

export interface Xattr {
  readonly name: ByteString;
  readonly value: Uint8Array;
}

export interface Extent {
  readonly offset: number;
  readonly length: number;
}

/**
 * Where a tree is written to, in order: `entry`, then for a file its data. A promise that is not yet settled means: wait.
 * What the sink does with names that are there already: a directory over a directory keeps what is inside and takes the new attributes;
 * everything else replaces what was there.
 */
export interface TreeSink {
  entry(entry: TreeEntry): Promise<void> | undefined;
  data(chunk: Uint8Array): Promise<void> | undefined;
  /** A name that the layer takes away from the layers below it (image-spec layer.md, "Whiteouts"). */
  whiteout(path: ByteString): Promise<void> | undefined;
  /** A directory of which nothing of the layers below is to be seen ("Opaque Whiteout"). */
  opaque(path: ByteString): Promise<void> | undefined;
}
