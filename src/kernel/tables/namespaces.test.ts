import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { NAMESPACE_TYPES } from "../../spec/runtime/names.ts";
import { NAMESPACES, namespaceFacts } from "./namespaces.ts";

test("every type of the specification has one row", () => {
  expect(NAMESPACES.map(({ type }) => type).sort()).toEqual([...NAMESPACE_TYPES].sort());
});

test("a user namespace is joined first, a mount namespace last", () => {
  expect(NAMESPACES[0]?.type).toBe("user");
  expect(NAMESPACES.at(-1)?.type).toBe("mount");
});

test("the kernel has a file for each", () => {
  const files = readdirSync("/proc/self/ns");
  expect(NAMESPACE_TYPES.filter((type) => !files.includes(namespaceFacts(type).file))).toEqual([]);
});
