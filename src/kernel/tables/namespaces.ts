// The eight namespaces (namespaces(7)): what the specification calls each, the flag for clone3(2), unshare(2) and setns(2), and
// the file in /proc/PID/ns.
import type { NamespaceType } from "../../spec/runtime/config.ts";

export interface NamespaceFacts {
  readonly type: NamespaceType;
  /** CLONE_NEW*, the same on every architecture. */
  readonly flag: number;
  /** Name in /proc/PID/ns. */
  readonly file: string;
}

/**
 * In the order of joining: the user namespace first, because only its capabilities allow entering what it owns; mount last,
 * because from then on paths are the container's. Joining a pid namespace takes effect in children only (setns(2)).
 */
// biome-ignore format: table
export const NAMESPACES: readonly NamespaceFacts[] = [
  { type: "user",    flag: 0x1000_0000, file: "user" },
  { type: "cgroup",  flag: 0x0200_0000, file: "cgroup" },
  { type: "ipc",     flag: 0x0800_0000, file: "ipc" },
  { type: "uts",     flag: 0x0400_0000, file: "uts" },
  { type: "network", flag: 0x4000_0000, file: "net" },
  { type: "pid",     flag: 0x2000_0000, file: "pid" },
  { type: "time",    flag: 0x0000_0080, file: "time" },
  { type: "mount",   flag: 0x0002_0000, file: "mnt" },
];

const BY_TYPE = new Map(NAMESPACES.map((facts) => [facts.type, facts]));

/** The row of a namespace type; every type has one. */
export function namespaceFacts(type: NamespaceType): NamespaceFacts {
  const facts = BY_TYPE.get(type);
  if (facts === undefined) throw new RangeError(`no namespace type ${type}`);
  return facts;
}
