import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { makeContainerDir, makerOf, readMaker } from "./record.ts";

const MAKER = { pid: 12, start: "345" };
let root = "";
beforeEach(() => {
  root = mkdtempSync("/tmp/teu-test-record-");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test("a state directory has its maker from the first moment on", () => {
  expect(readMaker(makeContainerDir(root, "box", MAKER))).toEqual(MAKER);
  expect(readdirSync(root)).toEqual(["box"]);
});

test("a name that is taken is refused, and nothing is left of the attempt", () => {
  const dir = makeContainerDir(root, "box", MAKER);
  expect(() => makeContainerDir(root, "box", { pid: 67, start: "8" })).toThrow("a container with this id exists already");
  expect(readMaker(dir)).toEqual(MAKER);
  expect(readdirSync(root)).toEqual(["box"]);
});

test("what is made aside says who makes it", () => {
  mkdirSync(join(root, ".new.box.12.345"));
  expect(() => makeContainerDir(root, "box", MAKER)).toThrow();
  const rows = [
    [".new.box.12.345", MAKER],
    [".new.a.b-1.12.345", MAKER],
    [".gone-box", undefined],
    ["box", undefined],
  ] as const;
  for (const [name, maker] of rows) expect(makerOf(name)).toEqual(maker);
});
