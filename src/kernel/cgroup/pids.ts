// linux.resources.pids, the same on cgroup v1 and v2 (config-linux.md "PIDs"; kernel cgroup-v1/pids.rst).
import { type ControllerWrites, limitText } from "./write.ts";

/**
 * A limit of 0 means that nothing may fork. It is written as 1: once the container's process is there the two are the
 * same, but 0 would refuse that process itself (CLONE_INTO_CGROUP counts it), and systemd's TasksMax knows no 0.
 */
export const pids: ControllerWrites = ({ pids }) => {
  const limit = pids?.limit;
  if (limit === undefined) return [];
  const data = limit === 0 || limit === 0n ? "1" : limitText(limit);
  return [{ controller: "pids", file: "pids.max", data, from: "linux.resources.pids.limit" }];
};
