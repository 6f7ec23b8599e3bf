import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dropKept, keepFile, readKept } from "./kept-file.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "teu-kept-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const CONTENT = Buffer.from("computed once");

test("what is kept is read back, until it is dropped", () => {
  keepFile(directory, "a", CONTENT);
  expect(readKept(directory, "a")).toEqual(CONTENT);
  dropKept(directory, "a");
  expect(readKept(directory, "a")).toBeUndefined();
});

test("a directory that has gone is not brought back where it was inside of another", () => {
  const gone = join(directory, "gone", "kept");
  keepFile(gone, "a", CONTENT, { inside: "existing" });
  expect(existsSync(join(directory, "gone"))).toBe(false);
  keepFile(join(directory, "kept"), "a", CONTENT, { inside: "existing" });
  keepFile(join(directory, "kept"), "b", CONTENT, { inside: "existing" });
  expect(readKept(join(directory, "kept"), "b")).toEqual(CONTENT);
});

test("a file with any byte changed, or cut short, is none", () => {
  keepFile(directory, "a", CONTENT);
  const whole = readFileSync(join(directory, "a"));
  for (let at = 0; at < whole.length; at++) {
    const changed = Buffer.from(whole);
    changed[at] = (changed[at] ?? 0) ^ 1;
    writeFileSync(join(directory, "a"), changed);
    expect(readKept(directory, "a")).toBeUndefined();
    writeFileSync(join(directory, "a"), whole.subarray(0, at));
    expect(readKept(directory, "a")).toBeUndefined();
  }
});

test("a directory that cannot be made costs nothing but the file", () => {
  writeFileSync(join(directory, "file"), "");
  keepFile(join(directory, "file/below"), "a", CONTENT);
  expect(readKept(join(directory, "file/below"), "a")).toBeUndefined();
});

test("the least lately written files make room", () => {
  for (let index = 0; index < 120; index++) {
    writeFileSync(join(directory, `old-${index}`), "");
    utimesSync(join(directory, `old-${index}`), index, index);
  }
  keepFile(directory, "new", CONTENT);
  expect(readdirSync(directory).length).toBe(96);
  expect(["old-0", "old-119", "new"].map((name) => existsSync(join(directory, name)))).toEqual([false, true, true]);
});
