import { describe, expect, test } from "bun:test";
import { parseReference } from "../../spec/distribution/reference.ts";
import { fitsPattern, patternOf } from "./reference-pattern.ts";

describe("a pattern of names", () => {
  for (const [pattern, name, fits] of [
    ["debian", "debian:12", true],
    ["debian:12", "debian:12", true],
    ["debian:1?", "debian:12", true],
    ["deb*:*", "debian:12", true],
    ["debian:1[13]", "debian:12", false],
    ["debian:1[^13]", "debian:12", true],
    ["debian:[0-9][0-9]", "debian:12", true],
    ["*", "localhost:5000/debian:12", false],
    ["*/*", "localhost:5000/debian:12", true],
    ["localhost:5000/*", "localhost:5000/debian:12", true],
    ["localhost:5000/*", "localhost:5000/a/debian:12", false],
    ["d.bian", "debian:12", false],
    ["library/debian", "debian:12", false],
    ["acme\\/rocket", "acme/rocket:1", true],
  ] as const)
    test(`${pattern} ${fits ? "fits" : "does not fit"} ${name}`, () =>
      expect(fitsPattern(patternOf(pattern), parseReference(name))).toBe(fits));

  test("with a bracket that is not closed, or a range that is none, is refused", () => {
    for (const pattern of ["debian[", "debian[]", "a[z-a]", "a\\"]) expect(() => patternOf(pattern)).toThrow("syntax error in pattern");
  });
});
