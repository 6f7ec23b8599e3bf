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
} as const;
