import { describe, expect, test } from "bun:test";
import { byteString } from "../../base/byte-string.ts";
import { cleanName, joinName, splitName } from "./clean-name.ts";

describe("a name is made relative to the root", () => {
  test.each([
    ["etc/passwd", "etc/passwd"],
    ["./etc/passwd", "etc/passwd"],
    ["/etc/passwd", "etc/passwd"],
    ["//etc///passwd/", "etc/passwd"],
    ["etc/./passwd", "etc/passwd"],
    ["etc/../usr", "usr"],
    ["a/b/../../c", "c"],
    [".", ""],
    ["./", ""],
    ["/", ""],
    ["a/..", ""],
    ["...", "..."],
    ["..a/b..", "..a/b.."],
    ["new\nline", "new\nline"],
    ["ü", byteString("ü")],
    [`${"x".repeat(255)}/y`, `${"x".repeat(255)}/y`],
  ])("%j is %j", (name, clean) => {
    expect(cleanName(byteString(name)) as string).toBe(clean);
  });
});

describe("a name is refused that", () => {
  test.each([
    ["is empty", "", "the name is empty"],
    ["climbs", "../etc/passwd", 'the name leaves the root by ".."'],
    ["climbs after a slash", "/../etc", 'the name leaves the root by ".."'],
    ["climbs in its middle", "a/../../b", 'the name leaves the root by ".."'],
    ["is only a climb", "..", 'the name leaves the root by ".."'],
    ["holds a NUL", "a\0b", "the name holds a NUL byte"],
    ["has a long part", `a/${"x".repeat(256)}`, "a part of the name is longer than 255 bytes"],
    ["is long", "abcdefg/".repeat(520), "the name is longer than 4095 bytes"],
  ])("%s", (_, name, message) => {
    expect(() => cleanName(byteString(name))).toThrow(message);
  });

  test("it is named, cut and quoted", () => {
    expect(() => cleanName(byteString(`${"../".repeat(99)}x`))).toThrow(/^the layer is not valid: entry "(\.\.\/){66}\.\.…": the name/);
  });
});

test("a name is cut at its last slash and joined again", () => {
  expect(splitName(byteString("a/b/c"))).toEqual({ directory: byteString("a/b"), base: byteString("c") });
  expect(splitName(byteString("a"))).toEqual({ directory: byteString(""), base: byteString("a") });
  expect(joinName(byteString(""), byteString("a"))).toBe(byteString("a"));
  expect(joinName(byteString("a"), byteString("b"))).toBe(byteString("a/b"));
});
