import { describe, expect, test } from "bun:test";
import { editDistance, nearest } from "./nearest.ts";

const COMMANDS = ["ps", "pull", "push", "rm", "rmi", "run", "version"];

describe("the nearest word to", () => {
  for (const [word, want] of [
    ["pul", "pull"],
    ["pulll", "pull"],
    ["upll", "pull"],
    ["psuh", "push"],
    ["rim", "rm"],
    ["ver", "version"],
    ["x", undefined],
    ["kubernetes", undefined],
    ["", undefined],
  ] as const) {
    test(`${JSON.stringify(word)} is ${want}`, () => expect(nearest(word, COMMANDS)).toBe(want as string));
  }
});

describe("the edits between", () => {
  for (const [from, to, want] of [
    ["run", "run", 0],
    ["rnu", "run", 1],
    ["rn", "run", 1],
    ["ran", "run", 1],
    ["abc", "xbz", 2],
    ["ab", "abcde", 5],
  ] as const) {
    test(`${from} and ${to} are ${want}`, () => expect(editDistance(from, to)).toBe(want));
  }
});
