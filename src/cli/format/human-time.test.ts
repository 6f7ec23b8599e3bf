import { describe, expect, test } from "bun:test";
import { span } from "./human-time.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe("a span of", () => {
  for (const [seconds, want] of [
    [-5, "Less than a second"],
    [0, "Less than a second"],
    [1, "1 second"],
    [59, "59 seconds"],
    [60, "About a minute"],
    [119, "About a minute"],
    [120, "2 minutes"],
    [HOUR - 1, "59 minutes"],
    [HOUR, "About an hour"],
    [2 * HOUR, "2 hours"],
    [47 * HOUR, "47 hours"],
    [2 * DAY, "2 days"],
    [14 * DAY, "2 weeks"],
    [60 * DAY, "2 months"],
    [730 * DAY, "2 years"],
  ] as const) {
    test(`${seconds} s is ${want}`, () => {
      const from = new Date("2026-01-01T00:00:00.000Z");
      expect(span(from.toISOString(), new Date(from.getTime() + seconds * 1000))).toBe(want);
    });
  }
});
