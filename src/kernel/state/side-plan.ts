// Small plans about a container's files that are no part of its life: reading accounts out of a root file system, taking a writable layer
// away. A caller without privileges has the rights that they take only in a user namespace that maps its ids, so there a process is put
// into one, and into a mount namespace of that one (fsopen(2)); a privileged caller's launcher does it itself.
//
//   host                                        child
//   channel; clone CLONE_NEWUSER|CLONE_NEWNS -> await 1
//   uid_map, gid_map; signal 1; reap            root of the namespace; the ops
import { closeSync, mkdirSync, readFileSync } from "node:fs";
import { namelessFile } from "../../base/nameless-file.ts";
import type { IdMapping } from "../../spec/runtime/config.ts";
import { openProcOps } from "../compile/proc.ts";
import { becomeRootOps } from "../compile/user-namespace.ts";
import { mapOps } from "../idmap/map-ops.ts";
import { launchNow } from "../launch/launch-now.ts";
import { FIRST_EXTRA_FD } from "../launch/launcher.ts";
import { type Op, op, type Plan, type Register, Registers } from "../plan/plan.ts";
import type { HostFacts } from "../probe/host-facts.ts";
import { namespaceFacts } from "../tables/namespaces.ts";
import type { RuntimeContext } from "./context.ts";

export interface IdMaps {
  readonly uids: readonly IdMapping[];
  readonly gids: readonly IdMapping[];
}

export interface SidePlan {
  /** The user namespace to do it in; none for a privileged caller. */
  readonly maps: IdMaps | undefined;
  /** What it is about, for error sentences. */
  readonly from: string;
  /** How many files the ops write to; they get them as registers. */
  readonly files?: number;
  ops(registers: Registers, files: readonly Register[]): readonly Op[];
}

const RELEASE = 1;

/**
 * Carries the ops out, and waits.
 * @returns what they wrote to the files, in order.
 * @throws KernelError, or TeuError `unavailable`, as launchNow does
 */
export function runSidePlan(context: RuntimeContext, side: SidePlan): string[] {
  mkdirSync(context.root, { recursive: true, mode: 0o711 });
  const fds: number[] = [];
  try {
    for (let index = 0; index < (side.files ?? 0); index++) fds.push(namelessFile(context.root, new Uint8Array()));
    launchNow(planOf(side, context.facts()), { launcher: context.launcher, dir: context.root, extra: fds });
    return fds.map((fd) => readFileSync(`/proc/self/fd/${fd}`, "utf8"));
  } finally {
    for (const fd of fds) closeSync(fd);
  }
}

function planOf({ maps, from, files = 0, ops }: SidePlan, facts: HostFacts): Plan {
  const registers = new Registers();
  const given = Array.from({ length: files }, (_, index) => registers.named(`file ${index}`));
  const adopt = given.map((out, index) => op("adopt", { fd: FIRST_EXTRA_FD + index, out }, from));
  const work = ops(registers, given);
  if (maps === undefined) return { sections: [{ name: "host", ops: [...adopt, ...work] }], registers: registers.names };
  const [near, far] = [registers.named("near"), registers.named("far")];
  const child = [...releasedOps({ near, far, from }), ...work];
  return {
    sections: [
      {
        name: "host",
        ops: [
          ...adopt,
          ...mappedChildOps(registers, { maps, from, facts, near, far, pid: registers.named("pid") }),
          ...reapOps(registers, from),
        ],
      },
      { name: "child", ops: child },
    ],
    registers: registers.names,
  };
}

/** The first ops of such a child. */
export function releasedOps({ near, far, from }: Pick<MappedChild, "near" | "far" | "from">): Op[] {
  return [op("close", { fd: near }, from), op("await", { channel: far, number: RELEASE }, from), ...becomeRootOps()];
}

function reapOps(registers: Registers, from: string): Op[] {
  return [op("reap", { pid: registers.named("pid") }, from)];
}

export interface MappedChild {
  readonly maps: IdMaps;
  readonly from: string;
  readonly facts: HostFacts;
  readonly near: Register;
  readonly far: Register;
  readonly pid: Register;
  readonly pidfd?: Register;
}

/** Host section: clones section 1 into a user and a mount namespace, maps its ids, and lets it go on. */
export function mappedChildOps(registers: Registers, { maps, from, facts, near, far, pid, pidfd }: MappedChild): Op[] {
  const [proc, pidDir] = [registers.named("proc"), registers.named("pid dir")];
  const flags = namespaceFacts("user").flag | namespaceFacts("mount").flag;
  return [
    ...openProcOps(proc, facts.arch),
    op("channel", { a: near, b: far }, from),
    op("clone", { section: 1, flags, cgroup: undefined, pid, pidfd }, from),
    op("close", { fd: far }, from),
    op("openPid", { proc, pid, out: pidDir }, from),
    ...mapOps({ pid, pidDir, uidMappings: maps.uids, gidMappings: maps.gids }, facts),
    op("signal", { channel: near, number: RELEASE }, from),
  ];
}
