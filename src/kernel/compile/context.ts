// What the sections of one plan share: the request, what was planned of namespaces, cgroup and mounts, and the registers by name.
import type { CgroupPlan } from "../cgroup/plan.ts";
import type { RdtPlan } from "../intel-rdt/rdt-plan.ts";
import type { MountOps } from "../mounts/context.ts";
import type { NamespacePlan } from "../namespaces/namespace-plan.ts";
import type { Register, Registers } from "../plan/plan.ts";
import type { CreateRequest } from "./request.ts";

export interface CreateContext {
  readonly request: CreateRequest;
  readonly registers: Registers;
  readonly namespaces: NamespacePlan;
  readonly cgroup: CgroupPlan;
  readonly rdt: RdtPlan;
  readonly mounts: MountOps;
  readonly slots: Slots;
}

/** Registers that more than one section uses. */
export interface Slots {
  /** The state directory. */
  readonly state: Register;
  /** The host's procfs, verified. */
  readonly proc: Register;
  /** The two ends of the channel: the launcher's, and that of the processes it makes. */
  readonly near: Register;
  readonly far: Register;
  /** The container's process, as the launcher sees it. */
  readonly pid: Register;
  readonly pidfd: Register;
  /** The same process as it sees itself. */
  readonly ownPid: Register;
  readonly listener: Register;
  readonly attach: Register;
  readonly client: Register;
  readonly console: Register;
  readonly devpts: Register;
  readonly ptyMaster: Register;
  readonly ptySlave: Register;
  readonly root: Register;
}

export function takeSlots(registers: Registers): Slots {
  return {
    state: registers.named("state"),
    proc: registers.named("proc"),
    near: registers.named("near"),
    far: registers.named("far"),
    pid: registers.named("pid"),
    pidfd: registers.named("pidfd"),
    ownPid: registers.named("own pid"),
    listener: registers.named("start.sock"),
    attach: registers.named("attach.sock"),
    client: registers.named("attach client"),
    console: registers.named("console socket"),
    devpts: registers.named("devpts"),
    ptyMaster: registers.named("pty master"),
    ptySlave: registers.named("pty slave"),
    root: registers.named("root"),
  };
}
