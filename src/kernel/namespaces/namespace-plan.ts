// Which namespaces a container gets, new or joined by path (runtime-spec config-linux.md, "Namespaces"), and the processes that it takes.
//
// New namespaces are flags of one clone3(2). Two things need a process between the launcher and the container: joining (setns(2) of the
// launcher itself would put the host's side, hooks too, into the container's namespaces) and time offsets (time_namespaces(7): they are
// written before the first process enters). That process, section `join`, makes the child with CLONE_PARENT, so that the launcher is its parent.
import type { Linux, Namespace, NamespaceType } from "../../spec/runtime/config.ts";
import { type Op, op, type Register, type Registers } from "../plan/plan.ts";
import { NAMESPACES, namespaceFacts } from "../tables/namespaces.ts";

export interface NamespacePlan {
  /** CLONE_NEW* of what clone3 makes; without the cgroup namespace, which is unshared once the child is in its cgroup. */
  readonly cloneFlags: number;
  readonly newCgroup: boolean;
  readonly newUser: boolean;
  readonly newTime: boolean;
  /** The namespaces entered by path, in the order of entering. */
  readonly joined: readonly JoinedNamespace[];
  /** True when a `join` process is needed. */
  readonly needsJoin: boolean;
}

export interface JoinedNamespace {
  readonly type: NamespaceType;
  readonly path: string;
  readonly from: string;
}

/** Sorts the namespaces of a configuration into made and joined ones. */
export function planNamespaces(linux: Linux | undefined): NamespacePlan {
  const namespaces = linux?.namespaces ?? [];
  const made = new Set(namespaces.filter((entry) => isNew(entry)).map(({ type }) => type));
  const joined = NAMESPACES.flatMap(({ type }) => {
    const index = namespaces.findIndex((entry) => entry.type === type && !isNew(entry));
    const path = namespaces[index]?.path;
    return path === undefined ? [] : [{ type, path, from: `linux.namespaces[${index}]` }];
  });
  const newTime = made.has("time");
  const cloned = [...made].filter((type) => type !== "cgroup" && type !== "time");
  return {
    cloneFlags: cloned.reduce((flags, type) => flags | namespaceFacts(type).flag, 0),
    newCgroup: made.has("cgroup"),
    newUser: made.has("user"),
    newTime,
    joined,
    needsJoin: newTime || joined.length > 0,
  };
}

function isNew({ path }: Namespace): boolean {
  return path === undefined || path === "";
}

/** True when the container has a namespace of this kind that is not the caller's. */
export function hasNamespace(linux: Linux | undefined, type: NamespaceType): boolean {
  return linux?.namespaces?.some((namespace) => namespace.type === type) === true;
}

/** Host section: opens the namespaces to join while paths still mean what the caller meant. */
export function openJoinedOps(joined: readonly JoinedNamespace[], registers: Registers): Op[] {
  return joined.map(({ type, path, from }) =>
    op(
      "open",
      { dir: undefined, path, flags: 0, mode: 0, out: joinedRegister(type, registers) },
      { from, subject: `${type} namespace ${path}` },
    ),
  );
}

/** Join section: enters them; setns(2) checks that each descriptor is of the kind that the configuration says. */
export function enterJoinedOps(joined: readonly JoinedNamespace[], registers: Registers): Op[] {
  return joined.map(({ type, path, from }) =>
    op("setns", { fd: joinedRegister(type, registers), types: namespaceFacts(type).flag }, { from, subject: `${type} ${path}` }),
  );
}

function joinedRegister(type: NamespaceType, registers: Registers): Register {
  return registers.named(`ns.${type}`);
}

/** The text of /proc/PID/timens_offsets: a line a clock (time_namespaces(7)). */
export function timeOffsetText(offsets: NonNullable<Linux["timeOffsets"]>): string {
  return Object.entries(offsets)
    .map(([clock, { secs = 0, nanosecs = 0 }]) => `${clock} ${secs} ${nanosecs}\n`)
    .join("");
}
