// What to write to a cgroup file to have its old value back: not every file takes what it shows. Pure.

/** A change of a file: what was written and what the file showed before. */
export interface Change {
  readonly file: string;
  readonly data: string;
  readonly before: string;
}

/** Files with a line for each device or interface, and what takes such a line away; all other files show what they take. */
// biome-ignore format: table
const KEYED: Readonly<Record<string, string | undefined>> = {
  "io.max": "rbps=max wbps=max riops=max wiops=max",
  "io.weight": "default",
  "io.bfq.weight": "0",
  "blkio.bfq.weight_device": "0",
  "blkio.throttle.read_bps_device": "0",
  "blkio.throttle.write_bps_device": "0",
  "blkio.throttle.read_iops_device": "0",
  "blkio.throttle.write_iops_device": "0",
  "net_prio.ifpriomap": "0",
  "rdma.max": "hca_handle=max hca_object=max",
};

/** The text that undoes a change; undefined when the file showed nothing to go back to. */
export function restoredValue({ file, data, before }: Change): string | undefined {
  const text = before.trim();
  if (file === "memory.oom_control") return /^oom_kill_disable (\d)/.exec(text)?.[1];
  const [key = ""] = data.split(" ");
  const away = KEYED[file];
  if (away !== undefined && (key.includes(":") || file === "net_prio.ifpriomap" || file === "rdma.max")) {
    return text.split("\n").find((line) => line.startsWith(`${key} `)) ?? `${key} ${away}`;
  }
  if (file === "io.weight" || file === "io.bfq.weight") return /^(?:default )?(\d+)/.exec(text)?.[1];
  if (text === "") return file.startsWith("cpuset.") ? "\n" : undefined; // an empty line gives a v2 cpuset back to its parent
  return text.includes("\n") ? undefined : text;
}
