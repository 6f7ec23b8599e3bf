// The same of a container without cgroups, as an ordinary user has it where nobody has handed any to it: the sum over its processes. Those
// that have ended count by their parents' counters, so that the sum does not fall.
import { optionalText } from "../../base/optional-text.ts";
import { NANOSECONDS_PER_TICK } from "./host-sample.ts";
import { hostMemory, readNetwork, type Sample, type SampleSource } from "./sample.ts";

/** utime, stime, cutime and cstime of proc_pid_stat(5), behind the command's closing parenthesis. */
const TIMES = [11, 12, 13, 14] as const;

export interface ProcessSource extends Omit<SampleSource, "cgroups"> {
  readonly pids: readonly number[];
}

/** Reads the counters of processes; those that end meanwhile are left out. */
export function readProcessSample({ pid, pids, ownNetwork, host }: ProcessSource): Sample {
  const statuses = pids.flatMap((one) => optionalText(`/proc/${one}/status`) ?? []);
  const blocks = pids.flatMap((one) => blockOf(one) ?? []);
  const field = (name: string) =>
    statuses.reduce((sum, text) => sum + BigInt(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0), 0n);
  return {
    cpu: pids.reduce((sum, one) => sum + timeOf(one), 0n),
    host,
    memory: field("VmRSS") * 1024n,
    memoryLimit: hostMemory(),
    pids: field("Threads"),
    block: blocks.length === 0 ? undefined : blocks.reduce((a, b) => ({ read: a.read + b.read, written: a.written + b.written })),
    network: ownNetwork ? readNetwork(pid) : undefined,
  };
}

function timeOf(pid: number): bigint {
  const text = optionalText(`/proc/${pid}/stat`) ?? "";
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return TIMES.reduce((sum, at) => sum + BigInt(fields[at] ?? 0), 0n) * NANOSECONDS_PER_TICK;
}

/** proc_pid_io(5): only who may trace the process is told. */
function blockOf(pid: number): NonNullable<Sample["block"]> | undefined {
  const text = optionalText(`/proc/${pid}/io`) ?? "";
  const [, bytesRead] = /^read_bytes: (\d+)$/m.exec(text) ?? [];
  const [, bytesWritten] = /^write_bytes: (\d+)$/m.exec(text) ?? [];
  return bytesRead === undefined || bytesWritten === undefined ? undefined : { read: BigInt(bytesRead), written: BigInt(bytesWritten) };
}
