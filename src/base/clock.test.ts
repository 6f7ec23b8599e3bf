import { expect, test } from "bun:test";
import { SYSTEM_CLOCK, timestamp } from "./clock.ts";

test("timestamp writes the clock's time in UTC", () => expect(timestamp({ now: () => 0 })).toBe("1970-01-01T00:00:00.000Z"));

test("the system clock goes on", () => {
  const before = Date.now();
  expect(SYSTEM_CLOCK.now()).toBeGreaterThanOrEqual(before);
});
