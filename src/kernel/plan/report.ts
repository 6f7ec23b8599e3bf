// The launcher's report: fixed records of 16 bytes appended to one descriptor, {u32 kind, u32 op, i64 value},
// little-endian. `op` counts over all sections. The launcher writes no sentence; that is said here's callers' work.

/** Kinds of record; the numbers are on the wire. */
export const REPORT = {
  /** An op failed and the plan was taken back: value = errno. */
  failed: 1,
  /** An optional op failed, or an errno was tolerated with `optional`: value = errno. */
  warned: 2,
  /** The container process, by the pid that the launcher sees. */
  pid: 3,
  /** A helper or hook of op `run` ended badly: value = wait status. Comes before its `failed`. */
  helper: 4,
  /** The plan went through: created, or (with a monitor) started. */
  done: 5,
  /** The container process ended: value = wait status. */
  exited: 6,
  /** Nanoseconds that an op took (plan flag `timings`). */
  time: 7,
  /** The plan itself was refused before its first op: value = a PLAN_FAULT number, op = the op at fault. */
  refused: 8,
  /** Eight bytes of text in value: the kernel's extended message, in order. Comes before its `failed`. */
  text: 9,
  /** Which message or entry of the op failed, counted from 1. Comes before its `failed`. */
  item: 10,
} as const;

/** Why a plan was refused: the value of a `refused` record. */
export const PLAN_FAULT = {
  /** Descriptor 3 gave no plan: not open, empty, longer than 16 MiB. */
  unreadable: 1,
  /** Magic, lengths, unknown header flags. */
  header: 2,
  /** Another version of the wire form. */
  version: 3,
  /** Sections that do not cover the ops, a `clone` backwards, `monitor` not at the end of section 0, too many undoable ops. */
  section: 4,
  /** A code that the launcher does not know. */
  op: 5,
  /** Unknown op flags, or `fallback` with nothing before it. */
  flags: 6,
  /** A register number out of bounds. */
  register: 7,
  /** A range that leaves the blob. */
  range: 8,
  /** A string or list without its NUL, with one too many, or with too many strings. */
  string: 9,
  /** Pieces of an unknown kind, cut short, or longer than 1 MiB together. */
  pieces: 10,
  /** A value in an argument that the op does not have. */
  argument: 11,
  /** The launcher's own executable could be written to, and no sealed copy could be made of it. */
  unsealed: 12,
} as const;
