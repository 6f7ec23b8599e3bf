import { describe, expect, test } from "bun:test";
import { InvalidInputError } from "../../base/errors.ts";
import type { RestartPolicy } from "../document/life.ts";
import { comesBack, decideRestart, type EndedRun } from "./decide.ts";
import { parseRestartPolicy, restartPolicyText } from "./policy.ts";

// biome-ignore format: table
const POLICIES: readonly { readonly text: string; readonly want: RestartPolicy | string }[] = [
  { text: "no", want: { name: "no", retries: 0 } },
  { text: "", want: { name: "no", retries: 0 } },
  { text: "always", want: { name: "always", retries: 0 } },
  { text: "unless-stopped", want: { name: "unless-stopped", retries: 0 } },
  { text: "on-failure", want: { name: "on-failure", retries: 0 } },
  { text: "on-failure:0", want: { name: "on-failure", retries: 0 } },
  { text: "on-failure:3", want: { name: "on-failure", retries: 3 } },
  { text: "on-unhealthy:12", want: { name: "on-unhealthy", retries: 12 } },
  { text: "sometimes", want: "is not one of no, on-failure, always, unless-stopped, on-unhealthy" },
  { text: "always:3", want: "takes no number" },
  { text: "on-failure:", want: "whole number" },
  { text: "on-failure:-1", want: "whole number" },
  { text: "on-failure:1:2", want: "whole number" },
];

describe("a restart policy", () => {
  for (const { text, want } of POLICIES) {
    test(`${JSON.stringify(text)} ${typeof want === "string" ? "is refused" : "is read"}`, () => {
      if (typeof want === "string") {
        expect(() => parseRestartPolicy(text)).toThrow(InvalidInputError);
        expect(() => parseRestartPolicy(text)).toThrow(want);
      } else expect(parseRestartPolicy(text)).toEqual(want);
    });
  }

  test("is written as it was read", () => {
    for (const text of ["no", "always", "on-failure", "on-failure:3", "on-unhealthy:1"])
      expect(restartPolicyText(parseRestartPolicy(text))).toBe(text);
  });
});

const failed: EndedRun = { exitCode: 1, restarts: 0, hasty: 0, ranMs: 50, stoppedByUser: false, unhealthy: false };

// biome-ignore format: table
const DECISIONS: readonly { readonly policy: string; readonly run: Partial<EndedRun>; readonly want: number | "stays" }[] = [
  { policy: "no", run: {}, want: "stays" },
  { policy: "always", run: {}, want: 100 },
  { policy: "always", run: { exitCode: 0 }, want: 100 },
  { policy: "always", run: { stoppedByUser: true }, want: "stays" },
  { policy: "unless-stopped", run: { exitCode: 0 }, want: 100 },
  { policy: "unless-stopped", run: { stoppedByUser: true }, want: "stays" },
  { policy: "on-failure", run: {}, want: 100 },
  { policy: "on-failure", run: { exitCode: 0 }, want: "stays" },
  { policy: "on-failure", run: { exitCode: 0, unhealthy: true }, want: "stays" },
  { policy: "on-failure", run: { restarts: 1000, hasty: 1000 }, want: 60_000 },
  { policy: "on-failure:3", run: { restarts: 2, hasty: 2 }, want: 400 },
  { policy: "on-failure:3", run: { restarts: 3, hasty: 3 }, want: "stays" },
  { policy: "on-unhealthy", run: { exitCode: 0 }, want: "stays" },
  { policy: "on-unhealthy", run: { exitCode: 0, unhealthy: true }, want: 100 },
  { policy: "on-unhealthy", run: {}, want: 100 },
  { policy: "on-unhealthy:1", run: { restarts: 1, unhealthy: true }, want: "stays" },
  { policy: "always", run: { restarts: 9, hasty: 9 }, want: 51_200 },
  { policy: "always", run: { restarts: 10, hasty: 10 }, want: 60_000 },
  { policy: "always", run: { restarts: 10, hasty: 10, ranMs: 9_999 }, want: 60_000 },
  { policy: "always", run: { restarts: 10, hasty: 10, ranMs: 10_000 }, want: 100 },
];

describe("decideRestart", () => {
  for (const { policy, run, want } of DECISIONS) {
    test(`${policy} after ${JSON.stringify(run)}: ${want}`, () => {
      const decision = decideRestart(parseRestartPolicy(policy), { ...failed, ...run });
      expect(decision.restart).toBe(want !== "stays");
      expect(decision.delayMs).toBe(want === "stays" ? 0 : want);
    });
  }

  test("waits twice as long each time, and begins anew after a run of ten seconds", () => {
    let hasty = 0;
    const delays = [50, 50, 50, 20_000, 50].map((ranMs) => {
      const decision = decideRestart({ name: "always", retries: 0 }, { ...failed, ranMs, hasty });
      hasty = decision.hasty;
      return decision.delayMs;
    });
    expect(delays).toEqual([100, 200, 400, 100, 200]);
  });
});

// biome-ignore format: table
const BOOTS = [
  { policy: "always", wanted: "running", started: 1, want: true },
  { policy: "always", wanted: "stopped", started: 1, want: true },
  { policy: "always", wanted: "running", started: undefined, want: false },
  { policy: "unless-stopped", wanted: "running", started: 1, want: true },
  { policy: "unless-stopped", wanted: "stopped", started: 1, want: false },
  { policy: "on-failure", wanted: "running", started: 1, want: false },
  { policy: "no", wanted: "running", started: 1, want: false },
] as const;

describe("a start of the machine", () => {
  for (const { policy, want, ...row } of BOOTS) {
    test(`${want ? "brings back" : "leaves"} ${policy}, ${row.wanted}, ${row.started === undefined ? "never started" : "started"}`, () =>
      expect(comesBack(parseRestartPolicy(policy), row)).toBe(want));
  }
});
