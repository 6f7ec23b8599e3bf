import { describe, expect, test } from "bun:test";
import { InvalidInputError } from "./errors.ts";
import { parseDuration, parseSize } from "./units.ts";

describe("parseSize", () => {
  const rows = [
    { text: "0", want: 0 },
    { text: "4096", want: 4096 },
    { text: "32b", want: 32 },
    { text: "64m", want: 64 * 1024 ** 2 },
    { text: "64M", want: 64 * 1024 ** 2 },
    { text: "1g", want: 1024 ** 3 },
    { text: "10kb", want: 10 * 1024 },
    { text: "1.5GiB", want: 1.5 * 1024 ** 3 },
    { text: "1 g", want: 1024 ** 3 },
    { text: "0.5k", want: 512 },
    { text: "1.0001k", want: 1024 },
    { text: "2t", want: 2 * 1024 ** 4 },
    { text: "1p", want: 1024 ** 5 },
  ];
  for (const { text, want } of rows) test(`reads ${text}`, () => expect(parseSize(text)).toBe(want));
  for (const text of ["", "m", "-1", "1e3", "1,5g", "1x", "64mm", "1  g", " 1g", "0x10", "9p", "1".repeat(400)]) {
    test(`refuses ${JSON.stringify(text.slice(0, 12))}`, () => expect(() => parseSize(text)).toThrow(InvalidInputError));
  }
  test("names the field", () => {
    expect(() => parseSize("lots", "--memory")).toThrow('"lots" is not valid: --memory: must be a size such as 512m or 1g');
  });
});

describe("parseDuration", () => {
  const rows = [
    { text: "10", want: 10_000 },
    { text: "0", want: 0 },
    { text: "500ms", want: 500 },
    { text: "1.5s", want: 1500 },
    { text: "1h30m", want: 5_400_000 },
    { text: "1m0s", want: 60_000 },
    { text: "2000us", want: 2 },
    { text: "2000µs", want: 2 },
  ];
  for (const { text, want } of rows) test(`reads ${text}`, () => expect(parseDuration(text)).toBe(want));
  for (const text of ["", "s", "-1s", "1d", "1h 30m", "1.s", "s1", "1.5"]) {
    test(`refuses ${JSON.stringify(text)}`, () => expect(() => parseDuration(text)).toThrow(InvalidInputError));
  }
});
