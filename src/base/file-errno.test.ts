import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { failedWith, reasonOf } from "./file-errno.ts";

function failure(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

test("the reason of a system call that failed is in words, with the errno's name, and without the path", () => {
  const error = failure(() => readFileSync("/no/such/file"));
  expect(failedWith(error, "ENOENT")).toBe(true);
  expect(reasonOf(error)).toBe("no such file or directory (ENOENT)");
});

test("the reason of any other error is its message", () => {
  expect(reasonOf(failure(() => JSON.parse("{")))).toContain("JSON");
  expect(reasonOf(Object.assign(new Error("not now"), { code: "unavailable" }))).toBe("not now");
  expect(reasonOf("text")).toBe("text");
});
