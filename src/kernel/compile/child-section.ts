// Section `child`: the process that becomes the container, from its first instruction in the new namespaces to execve.
import { hookOps } from "../hooks/hook-ops.ts";
import { loopbackUpOps } from "../netlink/interfaces/loopback.ts";
import { insideWiringOps } from "../netlink/wiring/ops.ts";
import { type Op, op } from "../plan/plan.ts";
import { namespaceFacts } from "../tables/namespaces.ts";
import { PR } from "../tables/process-flags.ts";
import type { CreateContext } from "./context.ts";
import { ownScoreOps } from "./limits.ts";
import { isWiredFromWithin, sendNamespaceOps } from "./networks-section.ts";
import { BARRIER } from "./request.ts";
import { finishRootfsOps, makeRootfsOps } from "./rootfs-phase.ts";
import { type StartOps, startPhaseOps } from "./start-phase.ts";
import { becomeRootOps, inUserNamespace, setgroupsDenied } from "./user-namespace.ts";

export interface ChildSection extends StartOps {
  /** Index, within the section, of the first op after `start`. */
  readonly startsAt: number;
}

export function childSection(context: CreateContext): ChildSection {
  const { slots, request } = context;
  const { config } = request;
  const before = [
    ...admissionOps(context),
    ...identityOps(context),
    ...(isWiredFromWithin(request) ? sendNamespaceOps(slots.far, context) : []),
    ...makeRootfsOps(context),
    op("signal", { channel: slots.far, number: BARRIER.mounted }, "hand-shake"),
    op("await", { channel: slots.far, number: BARRIER.hooked }, "hand-shake"),
    ...(request.wiring === undefined ? [] : insideWiringOps(request.wiring.wiring, context.registers)),
    // The pid as the launcher sees it, which only it knows: the seccomp listener wants it.
    ...(request.seccomp?.program.notify === true ? [op("recvValue", { channel: slots.far, out: slots.pid }, "linux.seccomp")] : []),
    ...ownPidOps(context),
    ...hookOps(config, "createContainer", { id: request.id, bundle: request.bundle, pid: { decimal: slots.ownPid } }),
    ...sysctlOps(context),
    ...finishRootfsOps(context),
    ...waitForStartOps(context),
  ];
  const start = startOps(context);
  return { ops: [...before, ...start.ops], startsAt: before.length, warnings: start.warnings };
}

/** Enters its cgroup before anything else, and waits until it is mapped; after a `join` process it was born with both, and waits until it is known. */
function admissionOps({ slots, namespaces, request, cgroup }: CreateContext): Op[] {
  const nested = request.within !== undefined;
  const first = !namespaces.needsJoin && !nested;
  const enter = [
    op("close", { fd: slots.near }, "hand-shake"),
    ...ownScoreOps(request.config.process, { request, proc: slots.proc }),
    ...cgroup.enter,
    op("await", { channel: slots.far, number: BARRIER.mapped }, "hand-shake"),
  ];
  const known = [
    op("await", { channel: slots.far, number: BARRIER.recorded }, "hand-shake"),
    // Its maps were written from beside it, for which it had to be dumpable; among processes of another container it does not stay so.
    ...(nested && namespaces.joined.length > 0
      ? [op("prctl", { option: PR.SET_DUMPABLE, a: 0, b: 0, c: 0, d: 0 }, "linux.namespaces")]
      : []),
  ];
  return [
    ...(first ? enter : known),
    op("setsid", {}, "process"),
    ...((first || nested) && inUserNamespace(request.config.linux) ? becomeRootOps() : []),
  ];
}

/** What the container is called, and what it must have before mounts: cgroup namespace (the mounts show its root), keyring, loopback. */
function identityOps({ namespaces, request }: CreateContext): Op[] {
  const { config, id } = request;
  const newNetwork = (namespaces.cloneFlags & namespaceFacts("network").flag) !== 0;
  return [
    ...(namespaces.newCgroup ? [op("unshare", { flags: namespaceFacts("cgroup").flag }, "linux.namespaces")] : []),
    // A keyring of its own: the caller's holds the caller's keys. Kernels without keyrings, and seccomp around us, say ENOSYS.
    ...(request.noNewKeyring ? [] : [op("keyring", { name: `_ses.${id}` }, { from: "keyring", tolerate: ["ENOSYS", "EPERM", "EDQUOT"] })]),
    ...(config.hostname === undefined || config.hostname === "" ? [] : [op("hostname", { name: config.hostname }, "hostname")]),
    ...(config.domainname === undefined || config.domainname === "" ? [] : [op("domainname", { name: config.domainname }, "domainname")]),
    ...(newNetwork ? loopbackUpOps() : []),
  ];
}

/** Hooks that run in here are told the pid as this pid namespace counts it. */
function ownPidOps({ slots, request }: CreateContext): Op[] {
  const { hooks } = request.config;
  const wanted = hooks?.createContainer !== undefined || hooks?.startContainer !== undefined;
  return wanted ? [op("getPid", { out: slots.ownPid }, "hooks")] : [];
}

/** The child is in the namespaces that a sysctl is about, and writes it through the host's procfs, before /proc/sys is made read-only. */
function sysctlOps({ request, slots }: CreateContext): Op[] {
  return Object.entries(request.config.linux?.sysctl ?? {}).map(([key, value]) =>
    op("write", { dir: slots.proc, path: `sys/${sysctlPath(key)}`, data: [value] }, { from: `linux.sysctl.${key}`, subject: key }),
  );
}

/** `net.ipv4.conf.eth0/1.x`: dots separate, a slash stands for a dot in a name, unless the key is written with slashes (sysctl.d(5)). */
function sysctlPath(key: string): string {
  const firstSeparator = /[./]/.exec(key)?.[0];
  return firstSeparator === "/" ? key : key.replace(/[./]/g, (separator) => (separator === "." ? "/" : "."));
}

function waitForStartOps({ request, slots }: CreateContext): Op[] {
  if (request.keeper !== "create") return [];
  return [
    op("signal", { channel: slots.far, number: BARRIER.ready }, "hand-shake"),
    op("acceptStart", { listener: slots.listener }, "start"),
  ];
}

function startOps(context: CreateContext): StartOps {
  const { request, slots, registers } = context;
  const { config, facts, id, bundle } = request;
  const hooks = hookOps(config, "startContainer", { id, bundle, pid: { decimal: slots.ownPid } });
  if (config.process === undefined) return { ops: hooks, warnings: [] };
  const pid = { decimal: slots.pid };
  const phase = {
    process: config.process,
    linux: config.linux,
    proc: slots.proc,
    channel: slots.far,
    makesCwd: true,
    setgroupsDenied: setgroupsDenied(config.linux, facts),
    seccomp: { config, id, bundle, status: "creating", process: pid, container: pid },
  };
  const { ops, warnings } = startPhaseOps(phase, request, registers);
  return { ops: [...hooks, ...ops], warnings };
}
