import { expect, test } from "bun:test";
import { type Change, restoredValue } from "./restore.ts";

// biome-ignore format: table
const ROWS: readonly (Change & { name: string; want: string | undefined })[] = [
  { name: "a plain value", file: "pids.max", data: "5", before: "max\n", want: "max" },
  { name: "two values in one line", file: "cpu.max", data: "1 2", before: "max 100000\n", want: "max 100000" },
  { name: "a device's line", file: "io.max", data: "8:0 rbps=1", before: "8:16 rbps=9 wbps=max riops=max wiops=max\n8:0 rbps=5 wbps=max riops=max wiops=max\n", want: "8:0 rbps=5 wbps=max riops=max wiops=max" },
  { name: "a device that had no line", file: "io.max", data: "8:0 rbps=1", before: "", want: "8:0 rbps=max wbps=max riops=max wiops=max" },
  { name: "a throttle that was not there", file: "blkio.throttle.read_bps_device", data: "8:0 5", before: "8:16 9\n", want: "8:0 0" },
  { name: "a weight of its own that was not there", file: "io.weight", data: "8:0 5", before: "default 100\n", want: "8:0 default" },
  { name: "the default weight", file: "io.weight", data: "5", before: "default 100\n8:0 50\n", want: "100" },
  { name: "an interface's priority", file: "net_prio.ifpriomap", data: "eth0 5", before: "lo 0\neth0 2\n", want: "eth0 2" },
  { name: "whether the OOM killer is off", file: "memory.oom_control", data: "1", before: "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n", want: "0" },
  { name: "a v2 cpuset that was its parent's", file: "cpuset.cpus", data: "0", before: "\n", want: "\n" },
  { name: "nothing, where the file cannot be read", file: "memory.reclaim", data: "1", before: "", want: undefined },
];
for (const { name, want, ...change } of ROWS)
  test(`to take back: ${name}`, () => expect<string | undefined>(restoredValue(change)).toBe(want));
