import { expect, test } from "bun:test";
import { rotated } from "./decide.ts";

test("each of several comes first in its turn, the others in their order", () => {
  const list = ["a", "b", "c"];
  expect([0, 0.34, 0.67, 0.999].map((turn) => rotated(list, turn).join(""))).toEqual(["abc", "bca", "cab", "cab"]);
  expect(rotated([], 0.5)).toEqual([]);
});
