// The ids of a container that an ordinary user runs: itself as root, then its subordinate ids (user_namespaces(7), subuid(5)).
import type { HostFacts, SubordinateRange } from "../../kernel/probe/host-facts.ts";
import type { IdMapping } from "../../spec/runtime/config.ts";

/**
 * The maps of the caller's user namespace, or undefined for a privileged caller, who needs none. Without the helpers, or without
 * subordinate ids, the container has one user.
 */
export function rootlessMaps(facts: HostFacts): { readonly uids: IdMapping[]; readonly gids: IdMapping[] } | undefined {
  if (!facts.rootless) return undefined;
  const { uids, gids, newuidmap, newgidmap } = facts.subordinate;
  const helped = newuidmap !== undefined && newgidmap !== undefined && uids.length > 0 && gids.length > 0;
  return { uids: idMap(facts.uid, helped ? uids : []), gids: idMap(facts.gid, helped ? gids : []) };
}

function idMap(own: number, ranges: readonly SubordinateRange[]): IdMapping[] {
  const map: IdMapping[] = [{ containerID: 0, hostID: own, size: 1 }];
  let next = 1;
  for (const { start, size } of ranges) {
    map.push({ containerID: next, hostID: start, size });
    next += size;
  }
  return map;
}
