// What the planner is asked for, by either driver.
import type { Resources } from "../../spec/runtime/config.ts";
import type { HostFacts } from "../probe/host-facts.ts";

export interface CgroupRequest {
  /** The container's id: names its cgroup where no path is given. */
  readonly id: string;
  /** linux.cgroupsPath */
  readonly path: string | undefined;
  readonly resources: Resources | undefined;
  readonly facts: HostFacts;
  /** Set when the container's user is to own its v2 cgroup: it has a cgroup namespace and mounts cgroup read-write. */
  readonly owner?: CgroupOwner;
}

/** config-linux.md "Cgroup ownership" */
export interface CgroupOwner {
  /** The host's uid of process.user.uid. */
  readonly uid: number;
  /** The lines of /sys/kernel/cgroup/delegate (control/delegate.ts). */
  readonly files: readonly string[];
}
