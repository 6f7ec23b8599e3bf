import { expect, test } from "bun:test";
import { firstFree } from "./first-free.ts";

/** Counts what was asked, and how many taken numbers the answers had to look at. */
function search(first: bigint, last: bigint, taken: readonly bigint[]) {
  const cost = { counts: 0, rows: 0 };
  const found = firstFree(first, last, (from, to) => {
    const there = taken.filter((number) => number >= from && number <= to).length;
    cost.counts += 1;
    cost.rows += there;
    return BigInt(there);
  });
  return { found, ...cost };
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => BigInt(index + 1));

for (const { name, first = 1n, last, taken, want } of [
  { name: "the first of none taken", last: 254n, taken: [], want: 1n },
  { name: "behind the first", last: 254n, taken: [1n], want: 2n },
  { name: "a gap", last: 254n, taken: [1n, 2n, 3n, 5n, 6n], want: 4n },
  { name: "the first of several gaps", last: 254n, taken: [1n, 3n, 5n, 7n], want: 2n },
  { name: "the last one", last: 4n, taken: [1n, 2n, 3n], want: 4n },
  { name: "none of a full range", last: 4n, taken: [1n, 2n, 3n, 4n], want: undefined },
  { name: "the only one", last: 1n, taken: [], want: 1n },
  { name: "none of an empty range", first: 2n, last: 1n, taken: [], want: undefined },
  { name: "within a span of 64 bits", first: 2n ** 127n, last: 2n ** 127n + 2n ** 64n - 1n, taken: [2n ** 127n], want: 2n ** 127n + 1n },
])
  test(name, () => expect(search(first, last, taken).found).toBe(want));

test("every gap of a small range is found", () => {
  const all = upTo(40);
  for (const gap of all)
    expect(
      search(
        1n,
        40n,
        all.filter((number) => number !== gap),
      ).found,
    ).toBe(gap);
});

test("behind ten thousand, it takes few counts and looks at no more than a few times as many", () => {
  const { found, counts, rows } = search(1n, 65_534n, upTo(10_000));
  expect(found).toBe(10_001n);
  expect(counts).toBeLessThan(40);
  expect(rows).toBeLessThan(40_000);
});
