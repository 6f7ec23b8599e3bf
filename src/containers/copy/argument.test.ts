import { describe, expect, test } from "bun:test";
import { readArgument, readDirection } from "./argument.ts";

describe("readArgument", () => {
  const cases: readonly [string, ReturnType<typeof readArgument>][] = [
    ["web:/etc", { kind: "container", container: "web", path: "/etc" }],
    ["web:etc/x:y", { kind: "container", container: "web", path: "etc/x:y" }],
    ["/a:b", { kind: "local", path: "/a:b" }],
    ["./a:b", { kind: "local", path: "./a:b" }],
    ["../a:b", { kind: "local", path: "../a:b" }],
    [":b", { kind: "local", path: ":b" }],
    ["file", { kind: "local", path: "file" }],
    ["-", { kind: "stream" }],
  ];
  test.each(cases)("%p", (text, expected) => {
    expect(readArgument(text, "source")).toEqual(expected);
  });
});

describe("readDirection", () => {
  test("one side is a container's", () => {
    expect(readDirection("a", "web:/b")).toMatchObject({ into: true, container: "web", path: "/b", other: { path: "a" } });
    expect(readDirection("web:/b", "-")).toMatchObject({ into: false, container: "web", path: "/b", other: { kind: "stream" } });
  });
  test.each([
    ["a", "b", "must specify at least one container source"],
    ["-", "-", "must specify at least one container source"],
    ["a:/b", "c:/d", "copying between containers is not supported"],
    ["", "c:/d", "source can not be empty"],
    ["c:/d", "", "destination can not be empty"],
    ["c:", "d", 'source "c:" names no path in the container'],
    ["d", "c:", 'destination "c:" names no path in the container'],
  ])("%p to %p is refused", (from, to, message) => {
    expect(() => readDirection(from, to)).toThrow(message);
  });
});
