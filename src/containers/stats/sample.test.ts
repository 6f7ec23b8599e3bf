// Samples out of cgroup files as kernels write them, by both versions.
import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseHostSample, parseMemoryTotal, parseNetwork } from "./host-sample.ts";
import { readProcessSample } from "./process-sample.ts";
import { readSample } from "./sample.ts";

const root = mkdtempSync(join(tmpdir(), "teu-stats-"));
afterAll(() => rmSync(root, { recursive: true }));

function directory(name: string, files: Readonly<Record<string, string>>): string {
  const path = join(root, name);
  mkdirSync(path);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
  return path;
}

const host = { cpu: 10n, cpus: 2 };
const common = { pid: process.pid, ownNetwork: false, host };

describe("a sample of cgroup v1", () => {
  const cgroups = {
    cpuacct: directory("cpuacct", { "cpuacct.usage": "123456789\n", "cpuacct.stat": "user 5\nsystem 7\n" }),
    memory: directory("memory", {
      "memory.usage_in_bytes": "1000000\n",
      "memory.limit_in_bytes": "67108864\n",
      "memory.max_usage_in_bytes": "2000000\n",
      "memory.failcnt": "0\n",
      "memory.stat": "cache 300000\ninactive_file 1\ntotal_inactive_file 250000\n",
    }),
    pids: directory("pids", { "pids.current": "3\n", "pids.max": "max\n" }),
    blkio: directory("blkio", {
      "blkio.throttle.io_service_bytes_recursive": "8:0 Read 4096\n8:0 Write 1024\n8:0 Total 5120\n8:16 Read 4\nTotal 5124\n",
    }),
  };
  test("counts what the kernel cannot drop, and devices together", () => {
    expect(readSample({ ...common, cgroups })).toEqual({
      cpu: 123456789n,
      host,
      memory: 750000n,
      memoryLimit: 67108864n,
      pids: 3n,
      block: { read: 4100n, written: 1024n },
      network: undefined,
    });
  });
  test("without a limit has the host's memory for one", () => {
    writeFileSync(join(cgroups.memory, "memory.limit_in_bytes"), "9223372036854771712\n");
    const { memoryLimit } = readSample({ ...common, cgroups });
    expect(memoryLimit).toBeLessThan(9223372036854771712n);
    expect(memoryLimit).toBeGreaterThan(0n);
  });
});

describe("a sample of cgroup v2", () => {
  const unified = directory("unified", {
    "cpu.stat": "usage_usec 2000\nuser_usec 1500\nsystem_usec 500\n",
    "memory.current": "5000\n",
    "memory.max": "10000\n",
    "memory.stat": "file 4000\ninactive_file 1000\n",
    "pids.current": "2\n",
    "pids.max": "100\n",
    "io.stat": "8:0 rbytes=10 wbytes=20 rios=1 wios=1 dbytes=0 dios=0\n8:16 rbytes=1 wbytes=2 rios=1 wios=1\n",
  });
  test("counts the same", () => {
    expect(readSample({ ...common, cgroups: { unified } })).toEqual({
      cpu: 2_000_000n,
      host,
      memory: 4000n,
      memoryLimit: 10000n,
      pids: 2n,
      block: { read: 11n, written: 22n },
      network: undefined,
    });
  });
  test("with more unused cache than use, which a race makes, counts the use", () => {
    writeFileSync(join(unified, "memory.stat"), "inactive_file 6000\n");
    expect(readSample({ ...common, cgroups: { unified } }).memory).toBe(5000n);
  });
  test("of a cgroup that is gone has nothing to tell", () => {
    const sample = readSample({ ...common, cgroups: { unified: join(root, "gone") } });
    expect(sample).toMatchObject({ cpu: undefined, memory: undefined, pids: undefined });
  });
});

test("a sample without cgroups is the sum of processes, and passes over those that have ended", () => {
  const one = readProcessSample({ ...common, pids: [process.pid] });
  expect(one.memory).toBeGreaterThan(0n);
  expect(one.pids).toBeGreaterThan(0n);
  const none = readProcessSample({ ...common, pids: [2 ** 30] });
  expect(none).toMatchObject({ cpu: 0n, memory: 0n, pids: 0n, block: undefined });
});

describe("of the host", () => {
  test("all CPU time, without guests', which is in user time already, and the CPUs", () => {
    const text = "cpu  1 2 3 4 5 6 7 8 100 200\ncpu0 1 1 1 1\ncpu1 1 1 1 1\nintr 5\n";
    expect(parseHostSample(text)).toEqual({ cpu: 360_000_000n, cpus: 2 });
  });
  test("memory in bytes", () => expect(parseMemoryTotal("MemTotal:       24682456 kB\nMemFree: 1 kB\n")).toBe(25274834944n));
  test("the traffic of all interfaces but the loopback", () => {
    const heading = "Inter-|   Receive    |  Transmit\n face |bytes packets errs drop fifo frame compressed multicast|bytes packets\n";
    const lo = "    lo: 900 9 0 0 0 0 0 0 900 9 0 0 0 0 0 0\n";
    const links = "  eth0:100 1 0 0 0 0 0 0 7 1 0 0 0 0 0 0\n  eth1: 10 1 0 0 0 0 0 0 3 1 0 0 0 0 0 0\n";
    expect(parseNetwork(heading + lo + links)).toEqual({ received: 110n, sent: 10n });
  });
});
