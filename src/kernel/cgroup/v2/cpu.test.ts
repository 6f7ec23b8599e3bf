import { expect, test } from "bun:test";
import { weightOfShares } from "./cpu.ts";
import { ioWeight } from "./io.ts";
import { swapText } from "./memory.ts";

// Pairs that runc's and crun's own tests agree on.
// biome-ignore format: table
const WEIGHTS: readonly { shares: number; weight: number }[] = [
  { shares: 1, weight: 1 },
  { shares: 2, weight: 1 },
  { shares: 1024, weight: 100 },
  { shares: 262144, weight: 10000 },
  { shares: 262145, weight: 10000 },
];
for (const { shares, weight } of WEIGHTS) {
  test(`${shares} cpu shares are a weight of ${weight}`, () => expect(weightOfShares(shares)).toBe(weight));
}
test("more cpu shares are never less weight", () => {
  for (let shares = 2; shares < 262144; shares += 97) expect(weightOfShares(shares)).toBeLessThanOrEqual(weightOfShares(shares + 97));
});

test("blkio weights 10 to 1000 span io weights 1 to 10000", () => {
  expect([10, 500, 1000].map(ioWeight)).toEqual([1, 4950, 10000]);
});

// biome-ignore format: table
const SWAPS: readonly { name: string; swap: number | bigint; limit: number | bigint | undefined; want: string | undefined }[] = [
  { name: "swap is what is left of the total", swap: 300, limit: 100, want: "200" },
  { name: "a total equal to the limit is no swap", swap: 100, limit: 100, want: "0" },
  { name: "an unlimited total is unlimited swap", swap: -1, limit: 100, want: "max" },
  { name: "with unlimited memory the total is swap's", swap: 300, limit: -1, want: "300" },
  { name: "a total without a limit says nothing", swap: 300, limit: undefined, want: undefined },
  { name: "a total below the limit is impossible", swap: 50, limit: 100, want: undefined },
  { name: "64 bits are exact", swap: 9223372036854775807n, limit: 1n, want: "9223372036854775806" },
];
for (const { name, swap, limit, want } of SWAPS) test(name, () => expect<string | undefined>(swapText(swap, limit)).toBe(want));
