import { describe, expect, test } from "bun:test";
import type { HealthCheck } from "../../spec/image/image-config.ts";
import { goDuration, ProbeOutput, timeoutText } from "./output.ts";
import { healthSettings } from "./settings.ts";
import { afterProbe, HEALTH_AT_START, type Health, nextProbeIn, type ProbeResult } from "./verdict.ts";

const SECOND = 1e9;

// biome-ignore format: table
const SETTINGS: readonly { readonly name: string; readonly check: HealthCheck | undefined; readonly want: ReturnType<typeof healthSettings> }[] = [
  { name: "none", check: undefined, want: undefined },
  { name: "times without a test", check: { Interval: SECOND }, want: undefined },
  { name: "NONE", check: { Test: ["NONE"] }, want: undefined },
  { name: "CMD without words", check: { Test: ["CMD"] }, want: undefined },
  { name: "a word that is not known", check: { Test: ["HTTP", "x"] }, want: undefined },
  { name: "CMD with docker's defaults", check: { Test: ["CMD", "test", "-e", "/x"] },
    want: { args: ["test", "-e", "/x"], interval: 30_000, timeout: 30_000, startPeriod: 0, startInterval: 5_000, retries: 3 } },
  { name: "zeros, which are defaults", check: { Test: ["CMD", "x"], Interval: 0, Timeout: 0, StartInterval: 0, Retries: 0 },
    want: { args: ["x"], interval: 30_000, timeout: 30_000, startPeriod: 0, startInterval: 5_000, retries: 3 } },
  { name: "CMD-SHELL with times of its own", check: { Test: ["CMD-SHELL", "a && b"], Interval: SECOND / 2, Timeout: 2 * SECOND, StartPeriod: 3 * SECOND, StartInterval: SECOND, Retries: 1 },
    want: { args: ["/bin/sh", "-c", "a && b"], interval: 500, timeout: 2_000, startPeriod: 3_000, startInterval: 1_000, retries: 1 } },
];

describe("the settings of a health check", () => {
  for (const { name, check, want } of SETTINGS) test(`of ${name}`, () => expect(healthSettings(check)).toEqual(want));
});

const STARTED = Date.parse("2026-01-01T00:00:00.000Z");
const settings = { args: ["x"], interval: 30_000, timeout: 30_000, startPeriod: 10_000, startInterval: 5_000, retries: 2 };

const result = (ExitCode: number, afterMs: number): ProbeResult => {
  const Start = new Date(STARTED + afterMs).toISOString();
  return { Start, End: Start, ExitCode, Output: "" };
};

const run = (results: readonly ProbeResult[], from: Health = HEALTH_AT_START): Health =>
  results.reduce((health, one) => afterProbe(health, one, { started: STARTED, settings }), from);

// biome-ignore format: table
const VERDICTS = [
  { name: "a success is healthy", results: [result(0, 0)], want: { status: "healthy", failingStreak: 0 } },
  { name: "failures within the start period do not count", results: [result(1, 0), result(1, 5_000), result(-1, 9_999)], want: { status: "starting", failingStreak: 0 } },
  { name: "failures after it do", results: [result(1, 5_000), result(1, 10_000)], want: { status: "starting", failingStreak: 1 } },
  { name: "so many in a row are unhealthy", results: [result(1, 10_000), result(2, 11_000)], want: { status: "unhealthy", failingStreak: 2 } },
  { name: "once it was healthy the start period is over", results: [result(0, 0), result(1, 1_000), result(1, 2_000)], want: { status: "unhealthy", failingStreak: 2 } },
  { name: "one failure leaves it healthy", results: [result(0, 0), result(1, 20_000)], want: { status: "healthy", failingStreak: 1 } },
  { name: "a success ends a streak", results: [result(1, 10_000), result(0, 11_000), result(1, 12_000)], want: { status: "healthy", failingStreak: 1 } },
  { name: "an unhealthy one can recover", results: [result(1, 10_000), result(1, 11_000), result(0, 12_000)], want: { status: "healthy", failingStreak: 0 } },
] as const;

describe("afterProbe", () => {
  for (const { name, results, want } of VERDICTS) test(name, () => expect(run(results)).toMatchObject(want));

  test("keeps the last five results", () => {
    const results = Array.from({ length: 7 }, (_, index) => result(0, index * 1000));
    expect(run(results).log).toEqual(results.slice(2));
  });
});

describe("the next check waits", () => {
  const at = (ms: number) => ({ now: STARTED + ms, started: STARTED, settings });
  test("the start interval while it starts, within the start period", () => expect(nextProbeIn("starting", at(9_999))).toBe(5_000));
  test("the interval after the start period", () => expect(nextProbeIn("starting", at(10_000))).toBe(30_000));
  test("the interval once it was healthy", () => expect(nextProbeIn("healthy", at(1_000))).toBe(30_000));
});

describe("the output of a check", () => {
  const kept = (...parts: readonly string[]) => {
    const output = new ProbeOutput();
    for (const part of parts) output.add(Buffer.from(part));
    return output.text();
  };
  test("is kept whole while it is short", () => expect(kept("a", "", "b\n")).toBe("ab\n"));
  test("of the most that is kept is whole", () => expect(kept("x".repeat(4095), "y")).toBe(`${"x".repeat(4095)}y`));
  test("that is longer is cut, and says so", () => expect(kept("x".repeat(5000), "y")).toBe(`${"x".repeat(4096)}...`));
  test("that was cut between two parts says so", () => expect(kept("x".repeat(4096), "y")).toEndWith("x..."));
});

// biome-ignore format: table
const DURATIONS = [
  [0, "0s"], [0.5, "500µs"], [500, "500ms"], [1000, "1s"], [1500, "1.5s"], [30_000, "30s"], [60_000, "1m0s"], [90_000, "1m30s"], [3_600_000, "1h0m0s"], [5_430_250, "1h30m30.25s"],
] as const;

describe("a timeout is told", () => {
  for (const [ms, want] of DURATIONS) test(`of ${ms} ms as ${want}`, () => expect(goDuration(ms)).toBe(want));
  test("in docker's words", () => {
    expect(timeoutText(1000, "")).toBe("Health check exceeded timeout (1s)");
    expect(timeoutText(1000, "half")).toBe("Health check exceeded timeout (1s): half");
  });
});
