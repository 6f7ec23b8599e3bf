import { expect, test } from "bun:test";
import { writeJson } from "./write.ts";

test("an integer of 64 bits keeps its digits, and everything else is as JSON has it", () => {
  expect(writeJson({ hard: 2n ** 64n - 1n, soft: 7, none: undefined, list: [1n, "1"] })).toBe(
    '{"hard":18446744073709551615,"soft":7,"list":[1,"1"]}',
  );
});
