import { describe, expect, test } from "bun:test";
import { swapMaps } from "./swap-maps.ts";

/** What an id is shown as. */
function shown(maps: ReturnType<typeof swapMaps>, id: number): number | undefined {
  const map = maps.find(({ containerID, size }) => id >= containerID && id < containerID + size);
  return map === undefined ? undefined : map.hostID + id - map.containerID;
}

describe("swapped ids", () => {
  for (const [a, b] of [
    [0, 1000],
    [1000, 0],
    [1000, 1001],
    [0, 0xffff_fffe],
    [33, 33],
  ] as const) {
    test(`${a} and ${b}`, () => {
      const maps = swapMaps(a, b);
      expect([shown(maps, a), shown(maps, b)]).toEqual([b, a]);
      for (const other of [1, 500, 70_000, 0xffff_fffd].filter((id) => id !== a && id !== b)) expect(shown(maps, other)).toBe(other);
      expect(maps.reduce((sum, { size }) => sum + size, 0)).toBe(0xffff_ffff);
      expect(shown(maps, 0xffff_ffff)).toBeUndefined();
    });
  }
});
