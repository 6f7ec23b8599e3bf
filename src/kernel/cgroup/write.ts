// A value for a file of a cgroup, as plain data: the planner makes `write` ops of these, `update` writes them itself.
import type { Errno } from "../../base/errno.ts";
import type { Resources } from "../../spec/runtime/config.ts";

/** One write to one file of the container's cgroup. */
export interface CgroupWrite {
  /** The controller whose directory holds the file, by the name that the file's hierarchy (v1 or v2) gives it. */
  readonly controller: string;
  /** `memory.max` */
  readonly file: string;
  readonly data: string;
  /** The field that asked for it: `linux.resources.memory.limit`. */
  readonly from: string;
  /** Errnos that count as success (see OpPolicy). */
  readonly tolerate?: readonly Errno[];
  /** Only when the nearest earlier write without this flag was tolerated (see OpPolicy). */
  readonly fallback?: boolean;
}

/** Told of a value that this host cannot take: `invalid` for a bad value, `unsupported` where the kernel offers no such thing. */
export type Refuse = (code: "invalid" | "unsupported", field: string, message: string) => void;

/** What a controller's file makes of the resources; nothing asked is the empty list. */
export type ControllerWrites = (resources: Resources, refuse: Refuse) => CgroupWrite[];

/** Whether a number of the configuration asks for anything: as in runc and crun, 0 is "not set" where 0 makes no sense. */
export function asked<T extends number | bigint>(value: T | undefined): value is T {
  return value !== undefined && value !== 0 && value !== 0n;
}

/** Whether memory and swap together are what engines give a container that only memory was asked for: a kernel without swap accounting may ignore it. */
export function isDouble(swap: number | bigint, limit: number | bigint | undefined): boolean {
  return asked(limit) && limit > 0 && BigInt(swap) === 2n * BigInt(limit);
}

/** How cgroup v2 and pids spell a limit: -1 is `max`. */
export function limitText(value: number | bigint): string {
  return value < 0 ? "max" : String(value);
}
