import { describe, expect, test } from "bun:test";
import { cleanEnd, linkTarget, splitEnd, targetOf } from "./rules.ts";

test.each([
  ["/a/b", "/a/b"],
  ["/a//b/../c/", "/a/c/"],
  ["/a/b//", "/a/b/"],
  ["/a/.", "/a/."],
  ["/a/./.", "/a/."],
  ["/a/..", "/"],
  ["/a/b/../", "/a/"],
  ["/", "/"],
  ["/.", "/"],
  ["/../..", "/"],
  ["/a/..b", "/a/..b"],
  ["/a/b.", "/a/b."],
])("cleanEnd %p", (path, expected) => {
  expect(cleanEnd(path)).toBe(expected);
});

test.each([
  ["/a/b", "/a", "b"],
  ["/a/b/", "/a", "b"],
  ["/a", "/", "a"],
  ["/a/.", "/a", undefined],
  ["/", "/", undefined],
])("splitEnd %p", (path, directory, base) => {
  expect(splitEnd(path)).toEqual({ directory, base });
});

describe("targetOf", () => {
  const file = { base: "f", isDirectory: false };
  const directory = { base: "d", isDirectory: true };
  const contents = { base: undefined, isDirectory: true };
  test.each([
    [file, "/x", "directory", "/x", "f"],
    [file, "/x/", "directory", "/x/", "f"],
    [file, "/x", "file", "/", "x"],
    [file, "/a/x", "missing", "/a", "x"],
    [directory, "/x", "directory", "/x", "d"],
    [directory, "/a/x", "missing", "/a", "x"],
    [directory, "/a/x/", "missing", "/a", "x"],
    [contents, "/x", "directory", "/x", undefined],
    [contents, "/a/x", "missing", "/a", "x"],
    [contents, "/", "directory", "/", undefined],
  ] as const)("%p to %p, a %s", (source, path, kind, into, name) => {
    expect(targetOf(source, { path, kind })).toEqual({ directory: into, name });
  });
  test.each([
    [directory, "/x", "file", "cannot copy directory"],
    [contents, "/x", "file", "cannot copy directory"],
    [file, "/x/", "missing", "no such directory"],
    [file, "/x/.", "missing", "no such directory"],
    [file, "/x/", "file", "not a directory"],
  ] as const)("%p to %p, a %s, is refused", (source, path, kind, message) => {
    expect(() => targetOf(source, { path, kind })).toThrow(message);
  });
});

test.each([
  ["/a/link", "/b", "/b"],
  ["/a/link", "b/c", "/a/b/c"],
  ["/a/link", "../b", "/b"],
  ["/a/link/", "../b", "/b/"],
  ["/a/link", "../../../..", "/"],
])("linkTarget %p -> %p", (path, target, expected) => {
  expect(linkTarget(path, target)).toBe(expected);
});
