// The last ops of a container's process, the same for `start` and `exec`: privileges go away one by one, in the one order in
// which each step still has what it needs (capabilities(7), seccomp(2)).
import type { Linux, Process } from "../../spec/runtime/config.ts";
import { capabilityOpsAfterUser, capabilityOpsBeforeUser, grantCapabilities } from "../capabilities/capability-ops.ts";
import { labelOps } from "../lsm/label-ops.ts";
import { type Op, op, type Register, type Registers } from "../plan/plan.ts";
import { chdirOp, execOp, umaskOp, userOps } from "../process/process-ops.ts";
import { schedulingOps } from "../process/scheduling-ops.ts";
import { type SeccompContext, seccompAgent, seccompLoadOps } from "../seccomp/ops.ts";
import { PR } from "../tables/process-flags.ts";
import type { ProcessRequest } from "./request.ts";
import { takeStreamsOps } from "./streams.ts";
import { inUserNamespace } from "./user-namespace.ts";

const FIRST_FREE_FD = 3;

export interface StartPhase {
  readonly process: Process;
  readonly linux: Linux | undefined;
  /** The verified procfs of the host. */
  readonly proc: Register;
  /** A working directory that is missing is made: of the container's own process. */
  readonly makesCwd: boolean;
  /** True in a user namespace whose setgroups(2) is denied. */
  readonly setgroupsDenied: boolean;
  /** The process's end of the channel, which execve closes. */
  readonly channel: Register;
  /** What a seccomp listener is told. */
  readonly seccomp: Omit<SeccompContext, "registers">;
}

export interface StartOps {
  readonly ops: readonly Op[];
  /** What cannot be granted, and is left out. */
  readonly warnings: readonly string[];
}

/** Ops from the moment of `start` to execve, without hooks. */
export function startPhaseOps(phase: StartPhase, request: ProcessRequest, registers: Registers): StartOps {
  const { process, linux, proc } = phase;
  const { facts, seccomp } = request;
  const { masks, warnings } = grantCapabilities(process.capabilities, {
    capabilities: facts.capabilities,
    userNamespace: inUserNamespace(linux),
  });
  const uid = process.user?.uid ?? 0;
  const filter = seccomp === undefined ? [] : seccompLoadOps(seccomp.profile, seccomp.program, { registers, ...phase.seccomp });
  const noNewPrivileges = process.noNewPrivileges === true;
  const ops = [
    ...schedulingOps(process, linux),
    ...labelOps(process, proc, facts),
    ...takeStreamsOps(request, registers),
    op("ownStdio", { uid }, "process.user.uid"),
    chdirOp(process, { create: phase.makesCwd }),
    ...capabilityOpsBeforeUser(masks, uid),
    ...clearWayOps(request, [phase.channel, ...(seccomp?.program.notify === true ? [seccompAgent(registers)] : [])]),
    // Before any filter: profiles older than close_range(2) do not allow it.
    op("closeFrom", { first: FIRST_FREE_FD }, "descriptors"),
    // Without no_new_privs, loading a filter takes CAP_SYS_ADMIN: now or never.
    ...(noNewPrivileges ? [] : filter),
    ...userOps(process, phase),
    ...capabilityOpsAfterUser(masks, uid),
    umaskOp(process),
    ...(noNewPrivileges ? [op("prctl", { option: PR.SET_NO_NEW_PRIVS, a: 1, b: 0, c: 0, d: 0 }, "process.noNewPrivileges")] : []),
    ...preservedOps(request, registers),
    ...(noNewPrivileges ? filter : []),
    ...(request.init === true ? [op("init", {}, "--init")] : []),
    execOp(process),
  ];
  return { ops, warnings: warnings.map(({ field, message }) => `${field}: ${message}`) };
}

/** Moves descriptors that are needed to the end out of the way of the preserved ones. */
function clearWayOps({ preserveFds }: ProcessRequest, needed: readonly Register[]): Op[] {
  if (preserveFds === 0) return [];
  return needed.map((fd) => op("lift", { fd, least: FIRST_FREE_FD + preserveFds }, "--preserve-fds"));
}

/**
 * Puts the preserved descriptors where the caller had them; all others are closed by execve. They stand two or more above their places, in
 * order, so that none is overwritten before it has moved.
 */
function preservedOps(request: ProcessRequest, registers: Registers): Op[] {
  const numbers = Array.from({ length: request.preserveFds }, (_, index) => FIRST_FREE_FD + index);
  return numbers.map((fd) =>
    op("dup2", { from: preservedRegister(fd, registers), fd }, { from: "--preserve-fds", subject: `descriptor ${fd}` }),
  );
}

/** Host section: takes the preserved descriptors over from the caller. */
export function adoptPreservedOps(request: ProcessRequest, registers: Registers): Op[] {
  return Array.from({ length: request.preserveFds }, (_, index) =>
    op("adopt", { fd: request.firstPreserved + index, out: preservedRegister(FIRST_FREE_FD + index, registers) }, "--preserve-fds"),
  );
}

function preservedRegister(fd: number, registers: Registers): Register {
  return registers.named(`preserved.${fd}`);
}
