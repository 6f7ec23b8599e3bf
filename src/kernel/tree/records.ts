// The records in which a tree of files goes through a pipe: to the launcher, which makes it (op writeTree), or from it (op readTree).
// All numbers are little-endian. launcher/tree.h has the same words in C; launcher/tree_record.c holds what a record must keep to.
//
//   record   header, path NUL, target NUL, extents, xattrs         at most RECORD_MAX bytes, nothing is padded
//   header    0 u32 length of the whole record     4 u8 kind      5 u8 flags       6 u16 number of xattrs
//             8 u32 mode     12 u32 uid           16 u32 gid     20 u32 nanoseconds of the mtime
//            24 i64 seconds of the mtime          32 u64 size    40 u32 major     44 u32 minor
//            48 u32 length of the path            52 u32 length of the target
//            56 u32 number of extents             60 u32 bytes of all xattrs
//            64 u32 inode: in what is read, a number from 1 for each file of several names, else 0         68 u32 unused
//   extent   u64 offset, u64 length                                only with FLAG.sparse, in order, apart
//   xattr    u32 length of the name with its NUL, u32 length of the value, name NUL, value
//   data     u32 length of the record, u8 kind, 3 bytes unused, content: after a file's record, as many as it takes
//
// A stream ends with a record of kind `end`: one that just stops has been cut short. What is written besides: `settle` sets the mtime and
// the xattrs of a directory that is complete; `whiteout` and `opaque` are those of an overlay, the latter with its xattr.
//
// Answers (what failed, what was left out, which parents were made) are appended to a file:
//   answer   u32 length, u32 kind, u32 errno, u32 step, u32 uid, u32 gid, u32 length of the path, u32 length of the name, path, name

export const KIND = {
  end: 0,
  file: 1,
  directory: 2,
  symlink: 3,
  hardlink: 4,
  char: 5,
  block: 6,
  fifo: 7,
  data: 8,
  settle: 9,
  whiteout: 10,
  opaque: 11,
} as const;

export type RecordKind = keyof typeof KIND;

/** open: the file itself goes through the sessions' socket, in place of its data. below, same: the tree that a reading compares with has the path too, a file of the same kind, owner, mode and time. */
export const FLAG = { sparse: 1, below: 2, same: 4, open: 8 } as const;

/** Offsets in the header. */
export const AT = {
  length: 0,
  kind: 4,
  flags: 5,
  xattrCount: 6,
  mode: 8,
  uid: 12,
  gid: 16,
  nanoseconds: 20,
  seconds: 24,
  size: 32,
  major: 40,
  minor: 44,
  pathLength: 48,
  targetLength: 52,
  extentCount: 56,
  xattrBytes: 60,
  inode: 64,
} as const;

export const HEADER_SIZE = 72;
export const DATA_HEADER_SIZE = 8;
export const EXTENT_SIZE = 16;
export const XATTR_HEADER_SIZE = 8;

/** Of every record but `data`. */
export const RECORD_MAX = 512 * 1024;
export const EXTENTS_MAX = 16384;
/** PATH_MAX without its NUL: a longer path cannot be opened by its name. */
export const PATH_LENGTH_MAX = 4095;
/** XATTR_SIZE_MAX (limits.h). */
export const XATTR_VALUE_MAX = 65536;

export const ANSWER = { failed: 1, warned: 2, implied: 3 } as const;
export const ANSWER_SIZE = 32;

/** What of an entry an answer is about. */
export const STEP = { make: 0, owner: 1, mode: 2, xattr: 3, times: 4, content: 5 } as const;

export const WRITE_FLAG = { lenient: 1, sync: 2, keepKinds: 4 } as const;
export const READ_FLAG = { overlay: 1, oneFileSystem: 2, statOnly: 4, alone: 8, noKernel: 16 } as const;
