// Section `host` of `exec`: what the launcher does in the caller's namespaces.
import { type Op, op } from "../plan/plan.ts";
import { REPORT } from "../plan/report.ts";
import { affinityOp } from "../process/scheduling-ops.ts";
import { seccompListenerOps } from "../seccomp/ops.ts";
import { openFlags } from "../tables/open-flags.ts";
import { type ExecContext, joinChannel, openContainerOps } from "./exec-sections.ts";
import { keeperOps, prepareKeeperOps, takeTerminalOps } from "./keeper.ts";
import { limitOps } from "./limits.ts";
import { openProcOps } from "./proc.ts";
import { BARRIER } from "./request.ts";
import { adoptPreservedOps } from "./start-phase.ts";
import { connectConsoleOps } from "./terminal.ts";

export function execHostSection(context: ExecContext, join: number): Op[] {
  const { request, registers, slots, cgroup } = context;
  return [
    stateOp(context),
    ...prepareKeeperOps(context),
    ...adoptPreservedOps(request, registers),
    ...connectConsoleOps(request, slots),
    ...(request.seccomp === undefined ? [] : seccompListenerOps(request.seccomp.profile, request.seccomp.program, registers)),
    ...openProcOps(slots.proc, request.facts.arch),
    ...openContainerOps(context),
    ...cgroup.before,
    ...initialAffinityOps(context),
    op("channel", { a: slots.near, b: slots.far }, "hand-shake"),
    op("channel", { a: joinChannel(registers).near, b: joinChannel(registers).far }, "hand-shake"),
    ...cloneJoinOps(context, join),
    ...limitOps(request.process, { pid: slots.pid, proc: slots.proc, dir: registers.named("pid dir"), request }),
    op("signal", { channel: slots.near, number: BARRIER.hooked }, "hand-shake"),
    ...(request.seccomp?.program.notify === true ? [op("sendValue", { channel: slots.near, value: slots.pid }, "linux.seccomp")] : []),
    ...takeTerminalOps(request, slots),
    ...keeperOps(context, []),
  ];
}

/** The directory that belongs to this process alone, or else the container's. */
function stateOp({ request, slots }: ExecContext): Op {
  const { ownFd, stateDir, facts } = request;
  if (ownFd !== undefined) return op("adopt", { fd: ownFd, out: slots.state }, "state directory");
  const { O_PATH, O_DIRECTORY } = openFlags(facts.arch);
  return op("open", { dir: undefined, path: stateDir, flags: O_PATH | O_DIRECTORY, mode: 0, out: slots.state }, "state directory");
}

/** On v2 the process is born in the container's cgroup: what is to hold before that must hold for whoever makes it (config.md, "execCPUAffinity"). */
function initialAffinityOps({ request }: ExecContext): Op[] {
  const initial = request.process.execCPUAffinity?.initial;
  return initial === undefined || initial === "" ? [] : [affinityOp(initial, "process.execCPUAffinity.initial")];
}

function cloneJoinOps(context: ExecContext, join: number): Op[] {
  const { slots, cgroup, registers } = context;
  const joinPid = registers.named("join pid");
  const { near, far } = joinChannel(registers);
  return [
    op("clone", { section: join, flags: 0, cgroup: cgroup.into, pid: joinPid, pidfd: undefined }, "linux.namespaces"),
    op("close", { fd: slots.far }, "hand-shake"),
    op("close", { fd: far }, "hand-shake"),
    op("recvValue", { channel: near, out: slots.pid }, "hand-shake"),
    op("close", { fd: near }, "hand-shake"),
    op("pidfdOpen", { pid: slots.pid, out: slots.pidfd }, "hand-shake"),
    op("reap", { pid: joinPid }, "linux.namespaces"),
    ...pidFileOps(context),
    op("report", { kind: REPORT.pid, value: slots.pid }, "report"),
  ];
}

function pidFileOps({ request: { pidFile, ownFd }, slots }: ExecContext): Op[] {
  const data = [{ decimal: slots.pid }];
  return [
    ...(ownFd === undefined ? [] : [op("putFile", { dir: slots.state, path: "pid", mode: 0o644, data }, "state directory")]),
    ...(pidFile === undefined ? [] : [op("putFile", { dir: undefined, path: pidFile, mode: 0o644, data }, "--pid-file")]),
  ];
}
