// The small values that many parts of the configuration share: paths, environments, CPU lists, id mappings.
import { array, integer, object, refined, type Shape, string, uint32, where } from "../../json/shape.ts";
import type { Trail } from "../../json/trail.ts";
import type { IdMapping } from "../config.ts";

export const nonEmpty = where(string, (text) => text !== "", "must not be empty");

export const absolutePath = where(string, (path) => path.startsWith("/"), "must be an absolute path");

export const strings = array(string);

/** environ(7): `NAME=VALUE`. A variable without a name or without `=` is no variable. */
export const environment = array(where(string, (entry) => entry.indexOf("=") > 0, "must have the form NAME=VALUE"));

/** The form of cpuset.cpus, sched_setaffinity lists and node lists (cpuset(7), "List format"): `0-3,7`. May be empty. */
export const rangeList = where(string, (list) => /^[\d,\-\s:/]*$/.test(list), "must be a list such as 0-3,7");

/** A user or group id. 2^32-1 is what setresuid(2) takes for `leave it as it is`, and so no id. */
export const id = integer(0, 0xffff_fffe);

/** major: 12 bits, minor: 20 bits (makedev(3), the kernel's dev_t). */
export const major = integer(0, 0xfff);
export const minor = integer(0, 0xf_ffff);

/** Why a text cannot name a network interface (dev_valid_name in the kernel), or undefined. Shorter than IFNAMSIZ, 16. */
export function interfaceNameFault(name: string): string | undefined {
  if (name === "" || Buffer.byteLength(name) > 15) return "must be 1 to 15 bytes long";
  if (name === "." || name === ".." || /[/:\s]/.test(name)) return "is not a name that a network interface can have";
  return undefined;
}

/** Extents that one map file takes (user_namespaces(7), since Linux 4.15). */
const MOST_EXTENTS = 340;

const ID_SPACE = 2 ** 32;

const mapping = refined(
  object<IdMapping>({ containerID: uint32, hostID: uint32, size: uint32 }),
  ({ containerID, hostID, size }, trail) => {
    if (size === 0) trail.refuse("must be greater than 0", "size");
    // The kernel refuses 2^32-1 as a member: it is (uid_t)-1, "no id".
    else if (Math.max(containerID, hostID) + size >= ID_SPACE) trail.refuse("reaches beyond the last id, 4294967294", "size");
  },
);

function refuseOverlaps(mappings: readonly IdMapping[], side: "containerID" | "hostID", trail: Trail): void {
  const byStart = mappings.map((extent, index) => ({ index, first: extent[side], end: extent[side] + extent.size }));
  byStart.sort((a, b) => a.first - b.first || a.index - b.index);
  for (const [position, extent] of byStart.entries()) {
    const previous = byStart[position - 1];
    if (previous && extent.first < previous.end) trail.refuse(`overlaps with entry ${previous.index}`, extent.index, side);
  }
}

/** uid_map or gid_map (user_namespaces(7)): neither side of it may name an id twice. */
export const idMappings: Shape<IdMapping[]> = refined(array(mapping), (mappings, trail) => {
  if (mappings.length > MOST_EXTENTS) trail.refuse(`has ${mappings.length} entries, the kernel takes ${MOST_EXTENTS}`);
  else for (const side of ["containerID", "hostID"] as const) refuseOverlaps(mappings, side, trail);
});

/** Refuses entries of a type that an earlier entry had ("the runtime MUST generate an error": rlimits, namespaces). */
export function refuseRepeats(entries: readonly { readonly type: string }[], trail: Trail): void {
  const first = new Map<string, number>();
  for (const [index, { type }] of entries.entries()) {
    const earlier = first.get(type);
    if (earlier === undefined) first.set(type, index);
    else trail.refuse(`${type} was already given by entry ${earlier}`, index, "type");
  }
}
