import { describe, expect, test } from "bun:test";
import { parseTimestamp } from "./timestamps.ts";

const NOW = new Date("2026-03-10T12:00:00Z");

/** What ends early is local time, wherever the test runs. */
const local = (...parts: readonly [number, number, number, number?, number?, number?]) => {
  const [year, month, ...rest] = parts;
  return new Date(year, month - 1, ...rest).toISOString();
};

describe("a time written", () => {
  for (const [text, want] of [
    ["24h", "2026-03-09T12:00:00.000Z"],
    ["1h30m", "2026-03-10T10:30:00.000Z"],
    ["0", "1970-01-01T00:00:00.000Z"],
    ["1767225600.5", "2026-01-01T00:00:00.500Z"],
    ["2026-01-31T15:04:05Z", "2026-01-31T15:04:05.000Z"],
    ["2026-01-31T15:04:05.25+02:00", "2026-01-31T13:04:05.250Z"],
    ["2026-01-31Z", "2026-01-31T00:00:00.000Z"],
    ["2026-01-31", local(2026, 1, 31)],
    ["2026-01-31T15", local(2026, 1, 31, 15)],
    ["2026-01-31T15:04", local(2026, 1, 31, 15, 4)],
    ["2026-01-31T15:04:05", local(2026, 1, 31, 15, 4, 5)],
  ] as const) {
    test(`${text} is ${want}`, () => expect(parseTimestamp(text, NOW).toISOString()).toBe(want));
  }
});

describe("refused, with the field, is", () => {
  for (const text of ["", "yesterday", "2026-02-31", "2026-13-01", "2026-01-01T25", "-5h", "9".repeat(40)].filter(
    (text) => text !== "24",
  )) {
    test(JSON.stringify(text), () => expect(() => parseTimestamp(text, NOW, "--filter until")).toThrow("--filter until: "));
  }
});
