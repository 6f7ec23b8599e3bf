// The ids of a container that asked for others than every container has: `--userns` keep-id, auto, remap (user_namespaces(7), subuid(5)). Pure.
import { TeuError } from "../../base/errors.ts";
import type { HostFacts, SubordinateRange } from "../../kernel/probe/host-facts.ts";
import type { IdMaps } from "../../kernel/state/side-plan.ts";
import type { IdMapping } from "../../spec/runtime/config.ts";
import type { UserNamespaceMode } from "./isolation.ts";
import { rootlessMaps } from "./rootless-maps.ts";

export interface MapSources {
  readonly facts: HostFacts;
  /** The ranges of a user in /etc/subuid and /etc/subgid. */
  subordinate(user: string): Pick<HostFacts["subordinate"], "uids" | "gids">;
  /** The maps of all other containers. */
  taken(): readonly IdMaps[];
}

/** Whose subordinate ids are for `--userns auto`: podman's. */
const AUTO_USER = "containers";
const AUTO_SIZE = 65_536;

/**
 * The maps of a container's user namespace; undefined where it has its caller's ids.
 * @throws TeuError `unsupported` where this caller cannot have them, `unavailable` where no ids are left
 */
export function userMaps(mode: UserNamespaceMode | undefined, sources: MapSources): IdMaps | undefined {
  const { facts } = sources;
  switch (mode?.kind) {
    case undefined:
    case "host":
      return rootlessMaps(facts);
    case "keep-id":
      return keepId(mode, facts);
    case "auto":
      refuseRootless(facts, "auto", "ids that no other container has are root's to give");
      return autoMaps(mode.size ?? AUTO_SIZE, sources);
    case "remap": {
      refuseRootless(facts, `remap:${mode.user}`, "the subordinate ids of a container are the caller's already");
      const { uids, gids } = rangesOf(mode.user, sources);
      return { uids: inOrder(uids), gids: inOrder(gids) };
    }
  }
}

function refuseRootless({ rootless }: HostFacts, mode: string, why: string): void {
  if (rootless) throw new TeuError("unsupported", `map ids by --userns ${mode}: ${why}; run it as root`);
}

function rangesOf(user: string, { subordinate }: MapSources): Pick<HostFacts["subordinate"], "uids" | "gids"> {
  const ranges = subordinate(user);
  if (ranges.uids.length === 0 || ranges.gids.length === 0)
    throw new TeuError(
      "unsupported",
      `map ids: /etc/subuid and /etc/subgid have no range of ${user}: add a line ${user}:100000:65536 to both`,
    );
  return ranges;
}

/** The caller's subordinate ids, with its own among them in the place of the id that it keeps. */
function keepId({ uid, gid }: { readonly uid?: number; readonly gid?: number }, facts: HostFacts): IdMaps {
  if (!facts.rootless) throw new TeuError("unsupported", "map ids by --userns keep-id: root's containers have the host's ids already");
  const { uids, gids } = facts.subordinate;
  if (uids.length === 0 || gids.length === 0 || rootlessMaps(facts)?.uids.length === 1)
    throw new TeuError("unsupported", "map ids by --userns keep-id: this user has no subordinate ids, or no newuidmap: see subuid(5)");
  return { uids: around(uid ?? facts.uid, facts.uid, uids), gids: around(gid ?? facts.gid, facts.gid, gids) };
}

function around(inside: number, own: number, ranges: readonly SubordinateRange[]): IdMapping[] {
  const total = ranges.reduce((sum, { size }) => sum + size, 0);
  if (inside > total)
    throw new TeuError("unsupported", `map ids by --userns keep-id: ${inside} is beyond the ${total} subordinate ids that lie below it`);
  return [
    ...part(ranges, { from: 0, size: inside, at: 0 }),
    { containerID: inside, hostID: own, size: 1 },
    ...part(ranges, { from: inside, size: total - inside, at: inside + 1 }),
  ];
}

/** So many ids of the ranges, `from` counted through all of them, for the container's ids from `at` on. */
function part(
  ranges: readonly SubordinateRange[],
  { from, size, at }: { readonly from: number; readonly size: number; readonly at: number },
): IdMapping[] {
  const mappings: IdMapping[] = [];
  let [skip, left, next] = [from, size, at];
  for (const range of ranges) {
    const unused = Math.max(range.size - skip, 0);
    const taken = Math.min(unused, left);
    if (taken > 0) mappings.push({ containerID: next, hostID: range.start + skip, size: taken });
    skip = Math.max(skip - range.size, 0);
    left -= taken;
    next += taken;
  }
  return mappings;
}

function inOrder(ranges: readonly SubordinateRange[]): IdMapping[] {
  return part(ranges, { from: 0, size: Number.MAX_SAFE_INTEGER, at: 0 });
}

function autoMaps(size: number, sources: MapSources): IdMaps {
  if (size < 1) throw new TeuError("invalid", "map ids by --userns auto: size must be at least 1");
  const { uids, gids } = rangesOf(AUTO_USER, sources);
  const taken = sources.taken();
  const free = (ranges: readonly SubordinateRange[], kind: keyof IdMaps) =>
    firstFree(
      ranges,
      taken.flatMap((maps) => maps[kind]),
      size,
    );
  const [uid, gid] = [free(uids, "uids"), free(gids, "gids")];
  if (uid === undefined || gid === undefined)
    throw new TeuError(
      "unavailable",
      `map ids by --userns auto: the subordinate ids of ${AUTO_USER} have no ${size} together that no container has`,
    );
  return { uids: [{ containerID: 0, hostID: uid, size }], gids: [{ containerID: 0, hostID: gid, size }] };
}

/** Where so many ids lie together that nobody has. */
function firstFree(ranges: readonly SubordinateRange[], taken: readonly IdMapping[], size: number): number | undefined {
  const sorted = taken.toSorted((a, b) => a.hostID - b.hostID);
  for (const { start, size: length } of ranges) {
    let at = start;
    for (const { hostID, size: width } of sorted) if (hostID < at + size && hostID + width > at) at = hostID + width;
    if (at + size <= start + length) return at;
  }
  return undefined;
}
