import { describe, expect, test } from "bun:test";
import { InvalidInputError } from "../../base/errors.ts";
import { parseContainerName, randomName } from "./names.ts";

describe("parseContainerName", () => {
  for (const { text, want } of [
    { text: "web", want: "web" },
    { text: "/web", want: "web" },
    { text: "a", want: "a" },
    { text: "0.a_b-C", want: "0.a_b-C" },
    { text: "x".repeat(200), want: "x".repeat(200) },
  ])
    test(`takes ${text.slice(0, 20)}`, () => expect(parseContainerName(text)).toBe(want));

  for (const text of ["", "/", "-web", ".web", "_web", "a b", "a/b", "../etc", "größe", "a\n", "x".repeat(201)])
    test(`refuses ${JSON.stringify(text.slice(0, 20))}`, () => expect(() => parseContainerName(text)).toThrow(InvalidInputError));
});

describe("randomName", () => {
  test("is a name, of two words at first", () => {
    for (let round = 0; round < 200; round++) {
      const name = randomName(0);
      expect(parseContainerName(name)).toBe(name);
      expect(name).toMatch(/^[a-z]+_[a-z]+$/);
    }
  });

  test("has a number when the words seem to be taken", () => expect(randomName(4)).toMatch(/^[a-z]+_[a-z]+\d+$/));
});
