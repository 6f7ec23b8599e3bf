// A launch plan as TypeScript values: sections of ops, and the registers between them. Plans are built by pure
// functions such as `mountOps(spec): Op[]`, encoded by encode.ts and printed by explain.ts.
import type { Errno } from "../../base/errno.ts";
import { TeuError } from "../../base/errors.ts";
import { type ArgKind, type OPS, type OpName, REGISTERS } from "./ops.ts";

declare const registerBrand: unique symbol;
/** A numbered slot of the launcher: a descriptor, a pid or another value that one op writes and a later one reads. */
export type Register = number & { readonly [registerBrand]: true };

/** Bytes put together at run time: a literal, a register in decimal, or a register as a 32-bit little-endian integer. */
export type Piece = string | Uint8Array | { readonly decimal: Register } | { readonly u32: Register };

type ArgValue = {
  in: Register;
  "in?": Register | undefined;
  out: Register;
  "out?": Register | undefined;
  int: number | bigint;
  str: string;
  "str?": string | undefined;
  bytes: Uint8Array;
  list: readonly string[];
  pieces: readonly Piece[];
  section: number;
};

type Args<N extends OpName> = {
  readonly [K in keyof (typeof OPS)[N]["args"]]: (typeof OPS)[N]["args"][K] extends ArgKind ? ArgValue[(typeof OPS)[N]["args"][K]] : never;
};

/** One of the things that an op does: `connect container to network web`, `address 10.89.0.2/24 of eth0`. */
export interface Item {
  readonly doing: string;
  readonly subject: string;
}

/** How an op may end and still let the plan go on. */
export interface OpPolicy {
  /** Where the op came from: `mounts[3]`, `linux.resources.memory.limit`, or the engine's own word for a step no field asked for. */
  readonly from: string;
  /** What an error names, where the arguments alone do not say it: `tmpfs on /data`. */
  readonly subject?: string;
  /** The messages or entries that the op is made of, where an error says which of them failed. */
  readonly items?: readonly Item[];
  /** At most four errnos that count as success; out registers become unset. */
  readonly tolerate?: readonly Errno[];
  /** Any errno counts as success, and is reported as a warning. */
  readonly optional?: boolean;
  /** Runs only when the nearest earlier op without this flag, in this section, failed and was tolerated. */
  readonly fallback?: boolean;
  /** Skipped when one of its `in` registers is unset. */
  readonly ifSet?: boolean;
}

export interface Op<N extends OpName = OpName> extends OpPolicy {
  readonly name: N;
  readonly args: Readonly<Record<string, ArgValue[ArgKind]>>;
}

/** A list of ops that one process runs. Section 0 is the launcher's own. */
export interface Section {
  readonly name: "host" | "join" | "child" | "exec" | "idmap" | "networks";
  readonly ops: readonly Op[];
}

export interface Plan {
  readonly sections: readonly Section[];
  /** Names of registers, by number, for people who read the plan. */
  readonly registers: readonly string[];
}

/** Makes an op; the argument names and types are those of the op table. */
export function op<N extends OpName>(name: N, args: Args<N>, policy: OpPolicy | string): Op<N> {
  return { name, args: args as Op<N>["args"], ...(typeof policy === "string" ? { from: policy } : policy) };
}

/** Hands out registers by name; one per plan. */
export class Registers {
  readonly #names: string[] = [];

  /** A fresh register, or the same one again for a name that was taken before. */
  named(name: string): Register {
    const known = this.#names.indexOf(name);
    if (known >= 0) return known as Register;
    if (this.#names.length === REGISTERS) throw new TeuError("unsupported", `a plan needs more than ${REGISTERS} registers`);
    return (this.#names.push(name) - 1) as Register;
  }

  get names(): readonly string[] {
    return this.#names;
  }
}
