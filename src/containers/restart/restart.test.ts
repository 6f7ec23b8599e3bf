import { describe, expect, test } from "bun:test";
import { RESTART_POLICIES, type RestartPolicy } from "../document/life.ts";
import { comesBack, decideRestart, type EndedRun } from "./decide.ts";

/** `on-failure:3`. */
function policyOf(text: string): RestartPolicy {
  const [word, retries = "0"] = text.split(":");
  const name = RESTART_POLICIES.find((known) => known === word);
  if (name === undefined) throw new Error(`no policy ${text}`);
  return { name, retries: Number(retries) };
}

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
      const decision = decideRestart(policyOf(policy), { ...failed, ...run });
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
      expect(comesBack(policyOf(policy), row)).toBe(want));
  }
});
