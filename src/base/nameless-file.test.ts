import { expect, test } from "bun:test";
import { closeSync, fstatSync, mkdtempSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { namelessFile } from "./nameless-file.ts";

test("a nameless file has its content, is its owner's alone, and no name", () => {
  const directory = mkdtempSync(join(tmpdir(), "nameless-"));
  const fd = namelessFile(directory, new TextEncoder().encode("content"));
  expect(readFileSync(`/proc/self/fd/${fd}`, "utf8")).toBe("content");
  const { mode, nlink } = fstatSync(fd);
  expect({ mode: mode & 0o777, nlink, names: readdirSync(directory) }).toEqual({ mode: 0o600, nlink: 0, names: [] });
  closeSync(fd);
  rmdirSync(directory);
});
