import { describe, expect, test } from "bun:test";
import type { IdMapping } from "../../spec/runtime/config.ts";
import { nestedMappings } from "./nested-maps.ts";

const map = (containerID: number, hostID: number, size: number): IdMapping => ({ containerID, hostID, size });

/** As an ordinary user's: itself as root, then its subordinate ids. */
const OUTER = [map(0, 1000, 1), map(1, 100_000, 65_536)];

describe("mappings inside a user namespace", () => {
  const rows: readonly { readonly name: string; readonly mappings: readonly IdMapping[]; readonly want: readonly IdMapping[] }[] = [
    { name: "the same maps are the identity", mappings: OUTER, want: [map(0, 0, 1), map(1, 1, 65_536)] },
    { name: "a part of a range", mappings: [map(0, 100_010, 5)], want: [map(0, 11, 5)] },
    {
      name: "another user as the caller (--userns=keep-id)",
      mappings: [map(0, 100_000, 1000), map(1000, 1000, 1)],
      want: [map(0, 1, 1000), map(1000, 0, 1)],
    },
    { name: "none", mappings: [], want: [] },
  ];
  for (const { name, mappings, want } of rows)
    test(name, () => expect(nestedMappings(mappings, OUTER, "linux.uidMappings")).toEqual([...want]));

  test("one that lies in several ranges becomes as many", () => {
    const outer = [map(0, 1000, 10), map(10, 1010, 10), map(50, 1020, 10)];
    expect(nestedMappings([map(5, 1005, 20)], outer, "linux.uidMappings")).toEqual([map(5, 5, 5), map(10, 10, 10), map(20, 50, 5)]);
  });

  test("an id that the outer namespace has not is named", () => {
    expect(() => nestedMappings([map(0, 100_000, 65_537)], OUTER, "linux.gidMappings")).toThrow(
      "linux.gidMappings: id 165536 of the host is not in the user namespace of the user's networks",
    );
  });
});
