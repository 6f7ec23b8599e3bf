// What a row of the op table says: tools/gen-ops.ts, the encoder, `explain` and the launcher's bounds checks all walk it.

/**
 * What an argument is, and so how it is encoded and checked:
 * - `in`      number of a register that an earlier op wrote; `in?` may be unset (-1 on the wire)
 * - `out`     number of a register that this op writes; `out?` may be absent
 * - `int`     64-bit integer
 * - `str`     NUL-terminated text in the blob area; `str?` may be absent
 * - `bytes`   bytes in the blob area
 * - `list`    NUL-terminated strings, in order
 * - `pieces`  bytes put together at run time from literals and register values
 * - `section` index of a section of the plan
 */
export type ArgKind = "in" | "in?" | "out" | "out?" | "int" | "str" | "str?" | "bytes" | "list" | "pieces" | "section";

export interface OpDefinition {
  /** Stable number on the wire; never reused. */
  readonly code: number;
  /** One line: the system calls, what for, and what is surprising. */
  readonly doc: string;
  /** Arguments in wire order; at most eight. */
  readonly args: Readonly<Record<string, ArgKind>>;
  /** How the launcher takes it back when a later op fails (host section only). */
  readonly undo?: "rmdir" | "unlink" | "kill" | "umount";
}

/** Keeps the names and the arguments of a table in its type. */
export const define = <T extends Readonly<Record<string, OpDefinition>>>(table: T): T => table;
