import { describe, expect, test } from "bun:test";
import type { Sample } from "./sample.ts";
import { usageOf } from "./usage.ts";

const SECOND = 1_000_000_000n;
const sample = (more: Partial<Sample> = {}): Sample => ({
  cpu: 0n,
  host: { cpu: 0n, cpus: 2 },
  memory: 0n,
  memoryLimit: 400n,
  pids: 0n,
  block: undefined,
  network: undefined,
  ...more,
});

describe("the share of a CPU", () => {
  const at = (own: bigint | undefined, host: bigint) => sample({ cpu: own, host: { cpu: host * SECOND, cpus: 2 } });
  const rows = [
    { name: "one busy of two is 100", before: at(0n, 0n), now: at(SECOND, 2n), want: 100 },
    { name: "both busy are 200", before: at(SECOND, 2n), now: at(3n * SECOND, 4n), want: 200 },
    { name: "an idle container has none", before: at(SECOND, 2n), now: at(SECOND, 4n), want: 0 },
    { name: "the first look has none", before: undefined, now: at(SECOND, 4n), want: 0 },
    { name: "a counter that has gone back has none", before: at(SECOND, 2n), now: at(0n, 4n), want: 0 },
    { name: "time that stands still has none", before: at(0n, 2n), now: at(SECOND, 2n), want: 0 },
    { name: "what is not counted is none", before: at(undefined, 0n), now: at(undefined, 2n), want: 0 },
  ];
  for (const { name, before, now, want } of rows) test(name, () => expect(usageOf(before, now).cpuPercent).toBe(want));
});

test("memory is told of its limit", () => {
  expect(usageOf(undefined, sample({ memory: 100n }))).toMatchObject({ memory: 100, memoryLimit: 400, memoryPercent: 25 });
});

test("what is counted by nothing is 0", () => {
  expect(usageOf(undefined, sample({ memory: undefined, pids: undefined }))).toMatchObject({
    memory: 0,
    memoryPercent: 0,
    received: 0,
    sent: 0,
    read: 0,
    written: 0,
    pids: 0,
  });
});
