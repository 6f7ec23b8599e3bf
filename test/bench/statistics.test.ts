import { expect, test } from "bun:test";
import { quantile, summarize } from "./statistics.ts";

const QUANTILES = [
  { name: "the median of an odd number is the middle one", sorted: [1, 2, 9], q: 0.5, want: 2 },
  { name: "the median of an even number lies between two", sorted: [1, 2, 4, 9], q: 0.5, want: 3 },
  { name: "one sample is every quantile", sorted: [7], q: 0.9, want: 7 },
  { name: "the tenth part is interpolated", sorted: [0, 10, 20], q: 0.1, want: 2 },
];

for (const { name, sorted, q, want } of QUANTILES) {
  test(name, () => expect(quantile(sorted, q)).toBe(want));
}

test("a summary does not depend on the order of its samples", () => {
  expect(summarize([9, 1, 5])).toEqual(summarize([1, 5, 9]));
  expect(summarize([9, 1, 5])).toEqual({ median: 5, p10: 1.8, p90: 8.2, samples: 3 });
});
