// A user namespace with a network namespace of its own, held by a tiny process for as long as somebody needs them: where an ordinary user's
// bridge networks are. Containers' user namespaces nest in it, and their monitors hold both namespaces as well, so that they outlive the
// holder while a container runs.
//
//   host                                            child
//   channel; clone CLONE_NEWUSER|CLONE_NEWNET ----> await 1
//   uid_map, gid_map; signal 1; await the end       loopback up; hold: no descriptor, no terminal, until SIGTERM
//
// The launcher then leaves the process to whoever reaps the host's orphans.
import { closeSync, mkdirSync, openSync } from "node:fs";
import { TeuError } from "../../../base/errors.ts";
import { openProcOps } from "../../compile/proc.ts";
import { BARRIER } from "../../compile/request.ts";
import { mapOps } from "../../idmap/map-ops.ts";
import { launchNow } from "../../launch/launch-now.ts";
import { FIRST_EXTRA_FD } from "../../launch/launcher.ts";
import { stayDumpableOp } from "../../namespaces/holder-ops.ts";
import { loopbackUpOps } from "../../netlink/interfaces/loopback.ts";
import { type Op, op, type Plan, Registers } from "../../plan/plan.ts";
import { REPORT } from "../../plan/report.ts";
import type { HostFacts } from "../../probe/host-facts.ts";
import { namespaceFacts } from "../../tables/namespaces.ts";
import type { RuntimeContext } from "../context.ts";
import { isAlive, readProcess } from "../process.ts";
import type { IdMaps } from "../side-plan.ts";
import type { NamespaceHolder } from "./open-namespaces.ts";

const FROM = "network";

/** What the process calls itself. */
export const HOLDER_NAME = "teu-networks";

/**
 * Makes both namespaces and the process that holds them.
 * @param pidFile where the process is on record before it does anything
 * @throws KernelError when the kernel refuses; TeuError `unsupported` where the maps need programs that are not installed
 */
export function holdNamespaces(context: RuntimeContext, maps: IdMaps, pidFile?: string): NamespaceHolder {
  const facts = context.facts();
  return hold(context, maps, (registers) => holdPlan(registers, { pidFile, ...freshOps(registers, maps, facts) }, facts), []);
}

/**
 * The same with another network namespace in the user namespace that a container's lies in: where no process is in it any more, containers that run
 * can be connected to nothing else.
 * @param inside the container's process
 * @throws KernelError; TeuError `unavailable` where the container has ended
 */
export function holdBeside(context: RuntimeContext, maps: IdMaps, inside: Inside, pidFile: string): NamespaceHolder {
  const fd = openUserNamespace(inside);
  try {
    return hold(context, maps, (registers) => holdPlan(registers, { pidFile, ...besideOps(registers) }, context.facts()), [fd]);
  } finally {
    closeSync(fd);
  }
}

/** A process by its start time. */
export interface Inside {
  readonly pid: number;
  readonly start: string;
}

function openUserNamespace({ pid, start }: Inside): number {
  const gone = (cause?: unknown) => new TeuError("unavailable", `enter the user namespace of process ${pid}: it has ended`, { cause });
  let fd: number;
  try {
    fd = openSync(`/proc/${pid}/ns/user`, "r");
  } catch (cause) {
    throw gone(cause);
  }
  if (isAlive(pid, start)) return fd; // looked at last: until then the pid meant this process
  closeSync(fd);
  throw gone();
}

function hold(context: RuntimeContext, maps: IdMaps, plan: (registers: Registers) => Plan, extra: readonly number[]): NamespaceHolder {
  mkdirSync(context.root, { recursive: true, mode: 0o711 });
  const records = launchNow(plan(new Registers()), { launcher: context.launcher, dir: context.root, extra: [...extra] });
  const pid = Number(records.find(({ kind }) => kind === "pid")?.value ?? -1);
  const start = readProcess(pid)?.start;
  if (start === undefined) throw new TeuError("unavailable", "make the user's network namespace: the process that holds it has ended");
  return { pid, start, maps };
}

/** What is special of a way to the namespaces. */
interface Way {
  readonly pidFile: string | undefined;
  readonly before: readonly Op[];
  /** Of clone(2). */
  readonly flags: number;
  /** On the host's side, while the child waits. */
  readonly meanwhile: readonly Op[];
  readonly enter: readonly Op[];
}

/** A user namespace of its own, whose ids the host's side maps. */
function freshOps(registers: Registers, maps: IdMaps, facts: HostFacts): Omit<Way, "pidFile"> {
  const [proc, pid, pidDir] = [registers.named("proc"), registers.named("pid"), registers.named("pid dir")];
  return {
    before: [],
    flags: namespaceFacts("user").flag | namespaceFacts("network").flag,
    meanwhile: [
      op("openPid", { proc, pid, out: pidDir }, FROM),
      ...mapOps({ pid, pidDir, uidMappings: maps.uids, gidMappings: maps.gids }, facts),
    ],
    enter: [],
  };
}

function besideOps(registers: Registers): Omit<Way, "pidFile"> {
  const [inside, user] = [registers.named("container userns"), registers.named("user namespace")];
  const subject = "the user namespace of the user's networks";
  return {
    before: [op("adopt", { fd: FIRST_EXTRA_FD, out: inside }, FROM), op("outerUser", { fd: inside, out: user }, { from: FROM, subject })],
    flags: 0,
    meanwhile: [],
    enter: [
      op("setns", { fd: user, types: namespaceFacts("user").flag }, { from: FROM, subject }),
      stayDumpableOp(),
      op("unshare", { flags: namespaceFacts("network").flag }, { from: FROM, subject: "network namespace" }),
    ],
  };
}

function holdPlan(registers: Registers, { pidFile, before, flags, meanwhile, enter }: Way, facts: HostFacts): Plan {
  const [near, far] = [registers.named("near"), registers.named("far")];
  const [proc, pid] = [registers.named("proc"), registers.named("pid")];
  return {
    sections: [
      {
        name: "host",
        ops: [
          ...openProcOps(proc, facts.arch),
          ...before,
          op("channel", { a: near, b: far }, FROM),
          op("clone", { section: 1, flags, cgroup: undefined, pid, pidfd: undefined }, FROM),
          op("close", { fd: far }, FROM),
          ...(pidFile === undefined ? [] : [op("putFile", { dir: undefined, path: pidFile, mode: 0o600, data: [{ decimal: pid }] }, FROM)]),
          ...meanwhile,
          op("signal", { channel: near, number: BARRIER.mapped }, FROM),
          op("await", { channel: near, number: BARRIER.executed }, FROM),
          op("report", { kind: REPORT.pid, value: pid }, FROM),
        ],
      },
      {
        name: "child",
        ops: [
          op("close", { fd: near }, FROM),
          op("setsid", {}, FROM),
          op("await", { channel: far, number: BARRIER.mapped }, FROM),
          ...enter,
          ...loopbackUpOps(),
          op("hold", { name: HOLDER_NAME }, FROM),
        ],
      },
    ],
    registers: registers.names,
  };
}

/** Ends a holder; its namespaces go when nobody else has them. */
export function endHolder({ pid, start, monitor }: NamespaceHolder): void {
  if (monitor !== true && isAlive(pid, start)) process.kill(pid, "SIGTERM");
}
