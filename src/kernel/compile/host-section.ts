// Section `host`: what the launcher does in the caller's namespaces, before, while and after the container's process is made.
import { hookOps } from "../hooks/hook-ops.ts";
import { mapOps } from "../idmap/map-ops.ts";
import { userNamespaceOf } from "../mounts/idmap.ts";
import { openJoinedOps } from "../namespaces/namespace-plan.ts";
import { netDeviceOps } from "../netlink/interfaces/net-devices.ts";
import { type Op, op, type Register } from "../plan/plan.ts";
import { REPORT } from "../plan/report.ts";
import { mappedOverlayOps } from "../rootfs/mapped-overlay.ts";
import { isOverlay } from "../rootfs/root-mount.ts";
import { seccompListenerOps } from "../seccomp/ops.ts";
import { openFlags } from "../tables/open-flags.ts";
import type { CreateContext } from "./context.ts";
import { keeperOps, prepareKeeperOps, takeTerminalOps } from "./keeper.ts";
import { limitOps } from "./limits.ts";
import { rootMapsOf } from "./mount-context.ts";
import { adoptNetworkOps, connectOps, takeNamespaceOps } from "./networks-section.ts";
import { openProcOps } from "./proc.ts";
import { BARRIER } from "./request.ts";
import { adoptPreservedOps } from "./start-phase.ts";
import { connectConsoleOps } from "./terminal.ts";

/** The sections, by index, that the host's clone may start. */
export interface Sections {
  readonly join: number | undefined;
  readonly networks: number | undefined;
  readonly child: number;
}

export function hostSection(context: CreateContext, sections: Sections): Op[] {
  const { request, registers, slots } = context;
  const { O_PATH, O_DIRECTORY } = openFlags(request.facts.arch);
  return [
    op("open", { dir: undefined, path: request.stateDir, flags: O_PATH | O_DIRECTORY, mode: 0, out: slots.state }, "state directory"),
    ...prepareKeeperOps(context),
    ...adoptPreservedOps(request, registers),
    ...adoptNetworkOps(request, registers),
    ...(request.keeper === "create" ? [op("listen", { dir: slots.state, name: "start.sock", out: slots.listener }, "start")] : []),
    ...connectConsoleOps(request, slots),
    ...(request.seccomp === undefined ? [] : seccompListenerOps(request.seccomp.profile, request.seccomp.program, registers)),
    ...openProcOps(slots.proc, request.facts.arch),
    ...openJoinedOps(context.namespaces.joined, registers),
    ...context.mounts.host,
    ...mappedRootOps(context),
    ...context.cgroup.before,
    ...context.rdt.before,
    op("channel", { a: slots.near, b: slots.far }, "hand-shake"),
    ...(sections.join === undefined ? cloneChildOps(context, sections.child) : cloneJoinOps(context, sections.join)),
    ...takeNamespaceOps(context),
    ...takeTerminalOps(request, slots),
    op("await", { channel: slots.near, number: BARRIER.mounted }, "hand-shake"),
    ...untilHookedOps(context, sections.networks),
    ...keeperOps(context, hookOps(request.config, "poststart", { id: request.id, bundle: request.bundle, pid: { decimal: slots.pid } })),
  ];
}

/** Mapping ids takes rights over the layers' file system, which the container's user namespace has not: it inherits the finished mount. */
function mappedRootOps({ request, registers, slots }: CreateContext): Op[] {
  const { rootMount, facts } = request;
  const maps = rootMapsOf(request);
  if (!isOverlay(rootMount) || maps === undefined) return [];
  return mappedOverlayOps(rootMount, { registers, root: slots.root, kernel: facts.kernel, userns: userNamespaceOf(maps, registers) });
}

/** The usual case: the child is the only process. */
function cloneChildOps(context: CreateContext, child: number): Op[] {
  const { slots, namespaces, cgroup } = context;
  return [
    op(
      "clone",
      { section: child, flags: namespaces.cloneFlags, cgroup: cgroup.into, pid: slots.pid, pidfd: slots.pidfd },
      "linux.namespaces",
    ),
    op("close", { fd: slots.far }, "hand-shake"),
    ...recordPidOps(context),
    ...admitOps(context, slots.pid),
  ];
}

/** With a process in between: it is put into the cgroup and mapped, and the child is born with both. */
function cloneJoinOps(context: CreateContext, join: number): Op[] {
  const { slots, cgroup, registers, namespaces, request } = context;
  const unshares = namespaces.newUser && request.within === undefined;
  const joinPid = registers.named("join pid");
  return [
    op("clone", { section: join, flags: 0, cgroup: cgroup.into, pid: joinPid, pidfd: undefined }, "linux.namespaces"),
    op("close", { fd: slots.far }, "hand-shake"),
    ...(unshares ? [op("await", { channel: slots.near, number: BARRIER.unshared }, "hand-shake")] : []),
    ...admitOps(context, joinPid),
    // One that was killed has sent nothing, and the child waits: its end of the channel would keep us waiting, too.
    op("reap", { pid: joinPid }, "linux.namespaces"),
    op("recvValue", { channel: slots.near, out: slots.pid }, "hand-shake"),
    op("pidfdOpen", { pid: slots.pid, out: slots.pidfd }, "hand-shake"),
    ...recordPidOps(context),
    op("signal", { channel: slots.near, number: BARRIER.recorded }, "hand-shake"),
  ];
}

/** The pid is on disk before the process may do anything: whoever finds a dead launcher's container can end it. */
function recordPidOps({ request, slots }: CreateContext): Op[] {
  const data = [{ decimal: slots.pid }, "\n"];
  return [
    op("putFile", { dir: slots.state, path: "pid", mode: 0o600, data }, { from: "state directory", subject: "pid" }),
    ...(request.pidFile === undefined
      ? []
      : [op("putFile", { dir: undefined, path: request.pidFile, mode: 0o644, data: [{ decimal: slots.pid }] }, "--pid-file")]),
    op("report", { kind: REPORT.pid, value: slots.pid }, "report"),
  ];
}

/** Maps the first process of the container, and lets it go on. */
function admitOps({ request, registers, namespaces, slots, cgroup }: CreateContext, first: Register): Op[] {
  const { config, facts } = request;
  const pidDir = registers.named("pid dir");
  const mapped =
    namespaces.newUser && request.within === undefined
      ? [
          op("openPid", { proc: slots.proc, pid: first, out: pidDir }, "linux.uidMappings"),
          ...mapOps(
            { pid: first, pidDir, uidMappings: config.linux?.uidMappings ?? [], gidMappings: config.linux?.gidMappings ?? [] },
            facts,
          ),
          op("close", { fd: pidDir }, "linux.uidMappings"),
        ]
      : [];
  return [...cgroup.after(first), ...mapped, op("signal", { channel: slots.near, number: BARRIER.mapped }, "hand-shake")];
}

/** Between `mounted` and `hooked`: what must be done from outside, with the environment made and the root not yet pivoted. */
function untilHookedOps(context: CreateContext, networks: number | undefined): Op[] {
  const { request, slots, registers, rdt } = context;
  const { config, id, bundle } = request;
  const hooks = { id, bundle, pid: { decimal: slots.pid } };
  return [
    ...rdt.after(slots.pid),
    ...netDeviceOps(config.linux?.netDevices, { registers, proc: slots.proc, pid: slots.pid, links: request.links ?? [] }),
    ...connectOps(context, networks),
    ...hookOps(config, "prestart", hooks),
    ...hookOps(config, "createRuntime", hooks),
    ...limitOps(config.process, { pid: slots.pid, proc: slots.proc, dir: registers.named("pid dir"), request }),
    op("signal", { channel: slots.near, number: BARRIER.hooked }, "hand-shake"),
    ...(request.seccomp?.program.notify === true ? [op("sendValue", { channel: slots.near, value: slots.pid }, "linux.seccomp")] : []),
  ];
}
