// Sections `join` and `exec` of `exec`: into the container's namespaces, then the start phase that `create` has too.
import type { CgroupJoin } from "../cgroup/join.ts";
import { hasNamespace } from "../namespaces/namespace-plan.ts";
import { type Op, op, type Register, type Registers } from "../plan/plan.ts";
import type { HostFacts } from "../probe/host-facts.ts";
import { affinityOp } from "../process/scheduling-ops.ts";
import { hasMountNamespace } from "../rootfs/inherited.ts";
import { capabilityMask } from "../tables/capabilities.ts";
import { NAMESPACES, type NamespaceFacts } from "../tables/namespaces.ts";
import { OPEN_COMMON, openFlags } from "../tables/open-flags.ts";
import { CLONE } from "../tables/process-flags.ts";
import type { Slots } from "./context.ts";
import { ownScoreOps } from "./limits.ts";
import { BARRIER, type ExecRequest } from "./request.ts";
import { type StartOps, startPhaseOps } from "./start-phase.ts";
import { reopenJoinedNullOps } from "./stdio.ts";
import { giveTerminalOps, openDevptsOp, openTerminalOps } from "./terminal.ts";
import { becomeRootOps, inUserNamespace, setgroupsDenied } from "./user-namespace.ts";

export interface ExecContext {
  readonly request: ExecRequest;
  readonly registers: Registers;
  readonly slots: Slots;
  readonly cgroup: CgroupJoin;
}

const FIELD = "linux.namespaces";

/** Host section: opens the namespaces of the container's first process, through a directory that can only mean that process. */
export function openContainerOps({ request, registers }: ExecContext): Op[] {
  const init = registers.named("init dir");
  return [
    op("adopt", { fd: request.initFd, out: init }, "container's process"),
    ...containerNamespaces(request).map((facts) =>
      op(
        "open",
        { dir: init, path: `ns/${facts.file}`, flags: OPEN_COMMON.O_RDONLY, mode: 0, out: namespaceRegister(facts, registers) },
        { from: FIELD, subject: `${facts.type} namespace of process ${request.initPid}` },
      ),
    ),
    op("close", { fd: init }, "container's process"),
  ];
}

/**
 * The kinds that the configuration names, in the order of entering. Who may do everything on the host enters the user namespace last: some of the
 * others, joined by path, may belong to the host, and from inside a user namespace could not be entered any more. Everybody else
 * gets the right to enter the others from the user namespace.
 */
function containerNamespaces({ config, facts }: ExecRequest): NamespaceFacts[] {
  const named = NAMESPACES.filter(({ type }) => hasNamespace(config.linux, type));
  const user = named.filter(({ type }) => type === "user");
  const others = named.filter(({ type }) => type !== "user");
  return mayEnterAll(facts) ? [...others, ...user] : [...user, ...others];
}

function mayEnterAll({ capabilities, rootless }: HostFacts): boolean {
  return !rootless && (capabilities.effective & capabilityMask(["CAP_SYS_ADMIN"])) !== 0n;
}

function namespaceRegister({ type }: NamespaceFacts, registers: Registers): Register {
  return registers.named(`ns.${type}`);
}

/**
 * The channel on which the process in between tells the pid of what it made. It is not the one that the made process waits on: that one
 * would hold it open, and the launcher would wait for ever for a process in between that was killed.
 */
export function joinChannel(registers: Registers): { readonly near: Register; readonly far: Register } {
  return { near: registers.named("join near"), far: registers.named("join far") };
}

/** Enters cgroup and namespaces, and makes the process `child`, which is in all of them. */
export function joinContainerSection({ request, registers, slots, cgroup }: ExecContext, child: number): Op[] {
  const { linux } = request.config;
  const { near, far } = joinChannel(registers);
  return [
    op("close", { fd: slots.near }, "hand-shake"),
    op("close", { fd: near }, "hand-shake"),
    ...ownScoreOps(request.process, { request, proc: slots.proc }),
    ...cgroup.enter,
    ...containerNamespaces(request).map((facts) =>
      op("setns", { fd: namespaceRegister(facts, registers), types: facts.flag }, { from: FIELD, subject: facts.type }),
    ),
    ...(inUserNamespace(linux) ? becomeRootOps() : []),
    op("clone", { section: child, flags: CLONE.PARENT, cgroup: undefined, pid: slots.pid, pidfd: undefined }, FIELD),
    op("sendValue", { channel: far, value: slots.pid }, "hand-shake"),
  ];
}

/** The process itself: waits for its limits, then does what a container's first process does at `start`. */
export function execSection(context: ExecContext): StartOps {
  const { request, slots, registers } = context;
  const { config, facts, id, bundle, process } = request;
  const phase = {
    process,
    linux: config.linux,
    proc: slots.proc,
    channel: slots.far,
    makesCwd: false,
    setgroupsDenied: setgroupsDenied(config.linux, facts),
    seccomp: { config, id, bundle, status: "running", process: { decimal: slots.pid }, container: String(request.initPid) },
  };
  const start = startPhaseOps(phase, request, registers);
  const ops = [
    op("close", { fd: joinChannel(registers).far }, "hand-shake"),
    op("setsid", {}, "process"),
    op("await", { channel: slots.far, number: BARRIER.hooked }, "hand-shake"),
    // The pid as the launcher sees it, which only it knows: the seccomp listener wants it.
    ...(request.seccomp?.program.notify === true ? [op("recvValue", { channel: slots.far, out: slots.pid }, "linux.seccomp")] : []),
    // The container's own keyring: the caller's holds the caller's keys.
    ...(request.noNewKeyring ? [] : [op("keyring", { name: `_ses.${id}` }, { from: "keyring", tolerate: ["ENOSYS", "EPERM", "EDQUOT"] })]),
    ...stdioOps(context),
    ...finalAffinityOps(context),
    ...start.ops,
  ];
  return { ops, warnings: start.warnings };
}

/** A terminal of the container's own, or what the caller gave, with nothing of the host's in it. */
function stdioOps(context: ExecContext): Op[] {
  const { request, registers, slots } = context;
  if (request.process.terminal === true) return terminalOps(context);
  if (!hasMountNamespace(request.config)) return [];
  return reopenJoinedNullOps(slots.root, { registers, proc: slots.proc, arch: request.facts.arch });
}

/** A terminal of the container's own devpts, whose names and numbers the processes there can look up (ttyname(3)). */
function terminalOps({ request, slots }: ExecContext): Op[] {
  if (request.process.terminal !== true || request.console === undefined) return [];
  const { O_PATH, O_DIRECTORY } = openFlags(request.facts.arch);
  const from = "process.terminal";
  return [
    op("open", { dir: undefined, path: "/", flags: O_PATH | O_DIRECTORY, mode: 0, out: slots.root }, from),
    openDevptsOp(slots.root, slots),
    op("close", { fd: slots.root }, from),
    ...openTerminalOps(request.process, slots),
    ...giveTerminalOps(request, slots),
  ];
}

function finalAffinityOps({ request }: ExecContext): Op[] {
  const final = request.process.execCPUAffinity?.final;
  return final === undefined || final === "" ? [] : [affinityOp(final, "process.execCPUAffinity.final")];
}
