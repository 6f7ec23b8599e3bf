// linux.resources.devices (config-linux.md "Allowed Device list") as what the kernel's v1 device controller makes of such a
// list: a default and the exceptions to it (kernel cgroup-v1/devices.rst). One model for the v1 files, the v2 program,
// systemd's DeviceAllow and the step from one list to another.
import { InvalidInputError } from "../../../base/errors.ts";
import type { DeviceRule } from "../../../spec/runtime/config.ts";

/** Bits of an access mask, as in BPF_DEVCG_ACC_* (linux/bpf.h). */
export const ACCESS = { m: 1, r: 2, w: 4 } as const;
export const ACCESS_ALL = 7;

/** One exception; `undefined` numbers stand for all. */
export interface DeviceException {
  readonly type: "b" | "c";
  readonly major: number | undefined;
  readonly minor: number | undefined;
  /** Mask of ACCESS bits, never 0. */
  readonly access: number;
}

/** `allow: false`: all is denied but for the exceptions; `allow: true`: all is allowed but for them. */
export interface DevicePolicy {
  readonly allow: boolean;
  readonly exceptions: readonly DeviceException[];
}

/**
 * What every container may do whatever its list says, as runc and crun have it: make any node (of no use without a rule
 * to open it), and open the harmless ones (config-linux.md "Default Devices").
 */
// biome-ignore format: table
export const DEFAULT_EXCEPTIONS: readonly DeviceException[] = [
  { type: "c", major: undefined, minor: undefined, access: ACCESS.m },
  { type: "b", major: undefined, minor: undefined, access: ACCESS.m },
  { type: "c", major: 1, minor: 3, access: ACCESS_ALL },             // null
  { type: "c", major: 1, minor: 5, access: ACCESS_ALL },             // zero
  { type: "c", major: 1, minor: 7, access: ACCESS_ALL },             // full
  { type: "c", major: 1, minor: 8, access: ACCESS_ALL },             // random
  { type: "c", major: 1, minor: 9, access: ACCESS_ALL },             // urandom
  { type: "c", major: 5, minor: 0, access: ACCESS_ALL },             // tty
  { type: "c", major: 5, minor: 1, access: ACCESS_ALL },             // console
  { type: "c", major: 5, minor: 2, access: ACCESS_ALL },             // ptmx
  { type: "c", major: 136, minor: undefined, access: ACCESS_ALL },   // pts/*
];

/** `rwm` → 7. Unknown letters are refused; an absent or empty access means all. */
export function parseAccess(access: string | undefined): number | undefined {
  if (access === undefined || access === "") return ACCESS_ALL;
  let mask = 0;
  for (const letter of access) {
    if (letter !== "r" && letter !== "w" && letter !== "m") return undefined;
    mask |= ACCESS[letter];
  }
  return mask;
}

/** 7 → `rwm`, in the order that devices.list prints. */
export function accessText(mask: number): string {
  return (["r", "w", "m"] as const).filter((letter) => (mask & ACCESS[letter]) !== 0).join("");
}

export function exceptionKey({ type, major, minor }: Omit<DeviceException, "access">): string {
  return `${type} ${major ?? "*"}:${minor ?? "*"}`;
}

/** An exception as v1's files spell it: `c 1:3 rwm`. */
export function deviceLine(exception: DeviceException): string {
  return `${exceptionKey(exception)} ${accessText(exception.access)}`;
}

/**
 * Applies the rules in their order, then the default exceptions, to a device cgroup that denies all.
 * @throws InvalidInputError naming `linux.resources.devices[n]` for a bad rule, or for a rule that would cut a piece out of
 *   an earlier wildcard: the kernel's v1 controller ignores such a rule without a word, so the device would stay open
 */
export function devicePolicy(rules: readonly DeviceRule[] | undefined): DevicePolicy {
  let allow = false;
  const exceptions = new Map<string, DeviceException>();
  const apply = (rule: DeviceRule): string | undefined => {
    const access = parseAccess(rule.access);
    if (access === undefined) return `access ${JSON.stringify(rule.access)} is not made of r, w and m`;
    const { type = "a", major, minor } = rule;
    if (type === "a") {
      // As in the kernel, `a` is all devices with every access whatever else the rule says, and starts afresh.
      allow = rule.allow;
      exceptions.clear();
      return undefined;
    }
    if (type !== "b" && type !== "c") return `type ${JSON.stringify(type)} is not a, b or c`;
    const exception: DeviceException = { type, major: number(major), minor: number(minor), access };
    return rule.allow === allow ? withdraw(exceptions, exception) : add(exceptions, exception);
  };

  for (const [index, rule] of (rules ?? []).entries()) {
    const problem = apply(rule);
    if (problem !== undefined)
      throw new InvalidInputError("the device list", [{ field: `linux.resources.devices[${index}]`, message: problem }]);
  }
  if (!allow && exceptions.size === 0) return { allow, exceptions: DEFAULT_EXCEPTIONS };
  if (!allow) for (const exception of DEFAULT_EXCEPTIONS) add(exceptions, exception);
  return { allow, exceptions: [...exceptions.values()] };
}

/** Whether a policy refuses nothing, so that nothing has to enforce it. */
export function allowsAll(policy: DevicePolicy): boolean {
  return policy.allow && policy.exceptions.length === 0;
}

/** runc's and docker's configurations write -1 for "all". */
function number(value: number | undefined): number | undefined {
  return value === undefined || value < 0 ? undefined : value;
}

function add(exceptions: Map<string, DeviceException>, exception: DeviceException): undefined {
  const key = exceptionKey(exception);
  exceptions.set(key, { ...exception, access: exception.access | (exceptions.get(key)?.access ?? 0) });
}

function withdraw(exceptions: Map<string, DeviceException>, exception: DeviceException): string | undefined {
  const key = exceptionKey(exception);
  for (const other of exceptions.values()) {
    const wider = other.type === exception.type && covers(other.major, exception.major) && covers(other.minor, exception.minor);
    if (wider && exceptionKey(other) !== key && (other.access & exception.access) !== 0) {
      return `cannot cut ${key} out of the earlier rule for ${exceptionKey(other)}`;
    }
  }
  const known = exceptions.get(key);
  if (known === undefined) return undefined;
  const access = known.access & ~exception.access;
  if (access === 0) exceptions.delete(key);
  else exceptions.set(key, { ...known, access });
  return undefined;
}

function covers(wide: number | undefined, narrow: number | undefined): boolean {
  return wide === undefined || wide === narrow;
}
