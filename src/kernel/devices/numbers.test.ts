import { expect, test } from "bun:test";
import { statSync } from "node:fs";
import { deviceNumbers } from "./numbers.ts";

test("device numbers are unpacked as glibc's major(3) and minor(3) do", () => {
  expect(deviceNumbers(statSync("/dev/null").rdev)).toEqual({ major: 1, minor: 3 });
  expect(deviceNumbers(0x0803)).toEqual({ major: 8, minor: 3 });
  expect(deviceNumbers(0x1234_5678)).toEqual({ major: 0x456, minor: 0x12378 });
});
