// Capability names and numbers (capabilities(7), linux/capability.h). A set of capabilities is a bigint mask by number, as in
// /proc/PID/status.
import { CAPABILITY_NAMES, type CapabilityName } from "../../spec/runtime/names.ts";

/** Name → number; the list of names is in the order of the numbers. */
const NUMBERS: ReadonlyMap<string, number> = new Map(CAPABILITY_NAMES.map((name, number) => [name, number]));

/** The number of a capability by its full name, undefined for one that does not exist. */
export function capabilityNumber(name: string): number | undefined {
  return NUMBERS.get(name);
}

/** The mask of some names; those that do not exist are left out. */
export function capabilityMask(names: readonly string[]): bigint {
  let mask = 0n;
  for (const name of names) {
    const number = NUMBERS.get(name);
    if (number !== undefined) mask |= 1n << BigInt(number);
  }
  return mask;
}

/** Every capability from 0 to `last`. */
export function allCapabilities(last: number): bigint {
  return (1n << BigInt(last + 1)) - 1n;
}

/** The names in a mask, in the order of their numbers; numbers newer than this program are left out. */
export function capabilityNames(mask: bigint): CapabilityName[] {
  return CAPABILITY_NAMES.filter((_, number) => (mask >> BigInt(number)) & 1n);
}
