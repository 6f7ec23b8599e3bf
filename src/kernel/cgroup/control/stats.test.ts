import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseKeyed, parseList, parseNumber, parsePressure, UNLIMITED } from "./counters.ts";
import { pageSizeName } from "./huge-pages.ts";
import { readStats, statsJson } from "./stats.ts";
import { parseBlkio } from "./stats-v1.ts";

const directories: string[] = [];
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true });
});

/** A directory that stands for a cgroup. */
function cgroup(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), "teu-stats-"));
  directories.push(directory);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
}

describe("statistics of cgroup v2", () => {
  const unified = cgroup({
    "cpu.stat": "usage_usec 3000\nuser_usec 2000\nsystem_usec 1000\nnr_periods 4\nnr_throttled 1\nthrottled_usec 7\n",
    "cpu.pressure": "some avg10=1.50 avg60=0.00 avg300=0.00 total=12\nfull avg10=0.00 avg60=0.00 avg300=0.25 total=3\n",
    "memory.current": "100\n",
    "memory.max": "1000\n",
    "memory.peak": "300\n",
    "memory.events": "low 0\nhigh 0\nmax 6\noom 1\noom_kill 1\n",
    "memory.stat": "anon 60\nfile 40\n",
    "memory.swap.current": "10\n",
    "memory.swap.max": "max\n",
    "memory.swap.events": "high 0\nmax 2\nfail 0\n",
    "pids.current": "3\n",
    "pids.max": "max\n",
    "io.stat": "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n253:1 \n",
  });
  const stats = readStats({ unified });

  test("times are nanoseconds", () => {
    expect(stats.cpu.usage).toMatchObject({ total: 3000000n, user: 2000000n, kernel: 1000000n });
    expect(stats.cpu.throttling).toEqual({ periods: 4n, throttledPeriods: 1n, throttledTime: 7000n });
  });
  test("swap is memory and swap together, as on v1, and unlimited if either is", () => {
    expect(stats.memory.usage).toEqual({ limit: 1000n, usage: 100n, max: 300n, failcnt: 6n });
    expect(stats.memory.swap).toEqual({ limit: UNLIMITED, usage: 110n, max: undefined, failcnt: 2n });
    expect(stats.memory.cache).toBe(40n);
  });
  test("no limit of processes is no number", () => expect(stats.pids).toEqual({ current: 3n, limit: undefined }));
  test("I/O is shown in v1's tables", () => {
    expect(stats.blkio.ioServiceBytesRecursive).toEqual([
      { major: 8n, minor: 0n, op: "Read", value: 1n },
      { major: 8n, minor: 0n, op: "Write", value: 2n },
    ]);
  });
  test("pressure", () => {
    expect(stats.cpu.psi?.some).toEqual({ avg10: 1.5, avg60: 0, avg300: 0, total: 12n });
    expect(stats.cpu.psi?.full?.avg300).toBe(0.25);
    expect(stats.memory.psi).toBeUndefined();
  });
  test("without controllers the processes are counted by hand, and the rest is left out", () => {
    const bare = readStats({ unified: cgroup({ "cgroup.procs": "1\n2\n" }) });
    expect(bare.pids).toEqual({ current: 2n, limit: undefined });
    expect(bare.memory.usage).toBeUndefined();
    expect(readStats({}).pids.current).toBeUndefined();
  });
  test("JSON keeps all digits of a counter", () => {
    const json = statsJson(stats);
    expect(json).toContain('"limit":18446744073709551615');
    expect(json).toContain('"pids":{"current":3}');
    expect(() => JSON.parse(json)).not.toThrow();
  });
});

test("statistics of cgroup v1 take BFQ's counters where there are some, else the throttling layer's", () => {
  const bfq = {
    "blkio.bfq.io_serviced_recursive": "8:0 Read 5\n8:0 Total 5\nTotal 5\n",
    "blkio.throttle.io_serviced_recursive": "8:0 Read 9\n",
  };
  const serviced = (files: Record<string, string>) => readStats({ blkio: cgroup(files) }).blkio.ioServicedRecursive;
  expect(serviced(bfq)?.[0]?.value).toBe(5n);
  expect(serviced({ ...bfq, "blkio.bfq.io_serviced_recursive": "Total 0\n" })?.[0]?.value).toBe(9n);
  expect(parseBlkio("8:0 Read x\nnonsense\n")).toEqual([]);
});

describe("the formats of cgroup files", () => {
  test("numbers", () =>
    expect(["5\n", "max", "", "-1", undefined].map(parseNumber)).toEqual([5n, UNLIMITED, undefined, undefined, undefined]));
  test("keyed lines, others passed over", () => expect(parseKeyed("a 1\nb x\n\nc 3\n")).toEqual({ a: 1n, c: 3n }));
  test("lists", () => expect(["0-2,7\n", "\n", undefined].map(parseList)).toEqual([[0, 1, 2, 7], undefined, undefined]));
  test("pressure may lack a line", () => expect(parsePressure("some avg10=0.00 avg60=0.00 avg300=0.00 total=1\n")?.full).toBeUndefined());
  test("sizes of huge pages", () => {
    expect(["hugepages-64kB", "hugepages-2048kB", "hugepages-1048576kB", "other"].map(pageSizeName)).toEqual([
      "64KB",
      "2MB",
      "1GB",
      undefined,
    ]);
  });
});
