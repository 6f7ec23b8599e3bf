import { describe, expect, test } from "bun:test";
import { parseContainerId } from "./container-id.ts";
import { InvalidInputError } from "./errors.ts";

describe("parseContainerId takes", () => {
  for (const id of ["a", "web-1", "A_b+c.d", "...", ".hidden", "f".repeat(64), "x".repeat(200)]) {
    test(id.slice(0, 20), () => expect<string>(parseContainerId(id)).toBe(id));
  }
});

describe("parseContainerId refuses", () => {
  const rows = [
    { name: "nothing", id: "" },
    { name: "the directory itself", id: "." },
    { name: "the directory above", id: ".." },
    { name: "a path", id: "a/b" },
    { name: "a path upwards", id: "../../etc" },
    { name: "a NUL", id: "a\0b" },
    { name: "a newline at the end", id: "a\n" },
    { name: "a space", id: "a b" },
    { name: "letters that file systems may write in two ways", id: "ä" },
    { name: "201 characters", id: "x".repeat(201) },
  ];
  for (const { name, id } of rows) test(name, () => expect(() => parseContainerId(id)).toThrow(InvalidInputError));

  test("a hostile id with a message of bounded length", () => {
    expect(() => parseContainerId("/".repeat(1e6))).toThrow(expect.objectContaining({ message: expect.stringMatching(/^.{1,400}$/) }));
  });
});
