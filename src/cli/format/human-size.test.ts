import { describe, expect, test } from "bun:test";
import { binarySize, decimalSize } from "./human-size.ts";

describe("in docker's decimal units", () => {
  for (const [bytes, want] of [
    [0, "0B"],
    [999, "999B"],
    [1000, "1kB"],
    [1234, "1.23kB"],
    [77_812_345, "77.8MB"],
    [128_000_000, "128MB"],
    [999_999, "1MB"],
    [1_500_000_000, "1.5GB"],
    [2 ** 53, "9.01PB"],
  ] as const) {
    test(`${bytes} is ${want}`, () => expect(decimalSize(bytes)).toBe(want));
  }

  test("progress has a digit more", () => expect(decimalSize(12_345_678, 4)).toBe("12.35MB"));
});

describe("in binary units", () => {
  for (const [bytes, want] of [
    [1023, "1023B"],
    [1536, "1.5KiB"],
    [64 * 1024 ** 2, "64MiB"],
    [1024 ** 4, "1TiB"],
  ] as const) {
    test(`${bytes} is ${want}`, () => expect(binarySize(bytes)).toBe(want));
  }
});
