import { describe, expect, test } from "bun:test";
import { requires } from "./requires.ts";

describe("requirements of a test", () => {
  test("an unknown name throws and lists the known ones", () => {
    expect(() => requires("root", "kubernetes")).toThrow(/unknown requirement kubernetes; known: root, v1/);
  });
  test("nothing required gives bun's own test", () => {
    expect(requires()).toEqual({ test, describe, missing: [] });
  });
  test("v2 alone and hybrid exclude each other, one of them with a reason", () => {
    const reasons = [...requires("v2").missing, ...requires("hybrid").missing];
    expect(reasons.length).toBeGreaterThan(0);
  });
});
