import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isBeingTaken, namesIn, setAside, takeOver } from "./set-aside.ts";

const ID = "a".repeat(64);
let parent = "";
beforeEach(() => {
  parent = mkdtempSync("/tmp/teu-test-aside-");
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

test("a directory is taken once", () => {
  mkdirSync(join(parent, ID));
  const name = setAside(parent, ID);
  expect(readdirSync(parent)).toEqual([name ?? ""]);
  expect(name).toStartWith(`.gone.${ID}.${process.pid}.`);
  expect(setAside(parent, ID)).toBeUndefined();
  expect(isBeingTaken(parent, ID)).toBe(true);
  expect(isBeingTaken(parent, "b".repeat(64))).toBe(false);
});

test("what a dead process has taken is taken over, what a living one has is left to it", () => {
  mkdirSync(join(parent, ID));
  const own = setAside(parent, ID);
  const dead = `.gone.${"b".repeat(64)}.1.1`; // process 1 did not start then
  mkdirSync(join(parent, dead));
  mkdirSync(join(parent, ".gone.other"));
  expect(isBeingTaken(parent, "b".repeat(64))).toBe(false);
  const taken = takeOver(parent);
  expect(taken).toEqual([expect.stringContaining(`.gone.${"b".repeat(64)}.${process.pid}.`)]);
  expect(readdirSync(parent).sort()).toEqual([own ?? "", ...taken, ".gone.other"].sort());
});

test("taking over may be of one alone", () => {
  for (const letter of ["b", "c"]) mkdirSync(join(parent, `.gone.${letter.repeat(64)}.1.1`));
  expect(takeOver(parent, "c".repeat(64))).toHaveLength(1);
  expect(takeOver(parent, "c".repeat(64))).toEqual([]);
});

test("a directory that is not there has no names", () => expect(namesIn(join(parent, "nosuch"))).toEqual([]));
