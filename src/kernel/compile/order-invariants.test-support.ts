// The order of a plan as named properties (design: "the order of a plan is a property"). Each one is an escape or a failure of another
// runtime, or a rule of the kernel's.
import type { Op } from "../plan/plan.ts";
import { namespaceFacts } from "../tables/namespaces.ts";
import { PR } from "../tables/process-flags.ts";
import {
  first,
  firstProcess,
  type Invariant,
  last,
  lastSection,
  named,
  numberArg,
  ordered,
  positions,
  textArg,
} from "./plan-walk.test-support.ts";
import { BARRIER } from "./request.ts";

const awaits = (barrier: number) => (op: Op) => op.name === "await" && numberArg(op, "number") === barrier;
const prctl = (option: number) => (op: Op) => op.name === "prctl" && numberArg(op, "option") === option;
const changesNamespace = (op: Op) => op.name === "unshare" || op.name === "setns";
const writesMap = (op: Op) => (op.name === "write" || op.name === "run") && /^linux\.[ug]idMappings$/.test(op.from);

export const ORDER_INVARIANTS: readonly Invariant[] = [
  {
    name: "the process is in its cgroup before it is mapped, enters a namespace or makes a process",
    faults: ({ plan }) => {
      const { ops } = firstProcess(plan);
      const entered = last(ops, (op) => op.name === "writeFd" && op.from === "linux.cgroupsPath");
      return ordered(
        "entering the cgroup",
        entered,
        first(ops, (op) => awaits(BARRIER.mapped)(op) || changesNamespace(op) || op.name === "clone"),
      );
    },
  },
  {
    name: "a v2 cgroup is entered by the clone itself, never by moving the process later",
    faults: ({ plan, request }) => {
      const host = plan.sections[0]?.ops ?? [];
      const opened = plan.registers.indexOf("cgroup");
      const made = host.filter((op) => op.name === "clone" && op.from === "linux.namespaces");
      if (opened < 0 || request.facts.cgroup.v2 === undefined || !host.some((op) => numberArg(op, "out") === opened)) return [];
      return made.every((op) => numberArg(op, "cgroup") === opened) ? [] : ["the clone does not name the cgroup"];
    },
  },
  {
    name: "ids are mapped before the process is let go on, and it changes its ids only then",
    faults: ({ plan }) => {
      const host = plan.sections[0]?.ops ?? [];
      const maps = positions(host, writesMap);
      if (maps.length === 0) return [];
      const mapped = first(host, (op) => op.name === "signal" && numberArg(op, "number") === BARRIER.mapped);
      const { ops } = firstProcess(plan);
      const waits = first(ops, awaits(BARRIER.mapped));
      const joined = ops.some((op) => op.name === "setns" && numberArg(op, "types") === namespaceFacts("user").flag);
      return [
        ...ordered("mapping", maps.at(-1) ?? 0, mapped),
        ...(joined ? [] : ordered("waiting for the maps", waits, first(ops, named("setuid", "setgid", "setgroups")))),
      ];
    },
  },
  {
    name: "uids are mapped before gids, and setgroups is denied before a gid map that needs it",
    faults: ({ plan }) => {
      const host = plan.sections[0]?.ops ?? [];
      const gid = first(host, (op) => textArg(op, "path") === "gid_map" && op.from === "linux.gidMappings");
      const denied = last(host, (op) => textArg(op, "path") === "setgroups");
      const uids = last(host, (op) => writesMap(op) && op.from === "linux.uidMappings");
      return [
        ...ordered("denying setgroups", denied, gid),
        ...ordered(
          "the user map",
          uids,
          first(host, (op) => writesMap(op) && op.from === "linux.gidMappings"),
        ),
      ];
    },
  },
  {
    name: "paths are masked and made read-only after everything is mounted and every hook of the creation has run, and before the pivot",
    faults: ({ plan }) => {
      const { ops } = lastSection(plan);
      const mounts = last(
        ops,
        (op) => named("moveMount", "bindAt", "mknod", "symlink")(op) && !/^(linux\.readonlyPaths|--no-pivot)/.test(op.from),
      );
      const hooks = last(ops, (op) => op.name === "run" && op.from.startsWith("hooks.createContainer"));
      const hides = first(ops, (op) => op.name === "mask" || op.from.startsWith("linux.readonlyPaths"));
      const lastHides = last(ops, (op) => op.name === "mask" || op.from.startsWith("linux.readonlyPaths"));
      return [
        ...ordered("mounting", mounts, hides),
        ...ordered("hooks", hooks, hides),
        ...ordered("hiding", lastHides, first(ops, named("pivotRoot", "moveRoot"))),
      ];
    },
  },
  {
    name: "sysctls are written before their files can be read-only",
    faults: ({ plan }) => {
      const { ops } = lastSection(plan);
      const written = last(ops, (op) => op.from.startsWith("linux.sysctl"));
      return ordered(
        "sysctls",
        written,
        first(ops, (op) => op.name === "mask" || op.from.startsWith("linux.readonlyPaths")),
      );
    },
  },
  {
    name: "bounding set, groups, gid, uid and capabilities go in the one order in which each step still has its right",
    faults: ({ plan }) => {
      const ops = startPhase(lastSection(plan).ops);
      if (!ops.some(named("exec"))) return [];
      const steps = (["capBound", "setgid", "setuid", "capSet", "capAmbient", "exec"] as const).map((name) => first(ops, named(name)));
      const groups = first(ops, named("setgroups"));
      const keep = first(ops, prctl(PR.SET_KEEPCAPS));
      const inOrder = steps.every((step, index) => index === 0 || (steps[index - 1] ?? 0) < step);
      const uid = steps[2] ?? 0;
      return [
        ...(inOrder ? [] : [`capBound, setgid, setuid, capSet, capAmbient, exec stand at ${steps.join(", ")}`]),
        ...(groups === Number.POSITIVE_INFINITY ? [] : ordered("setgroups", groups, first(ops, named("setgid")))),
        ...(keep === Number.POSITIVE_INFINITY ? [] : ordered("PR_SET_KEEPCAPS", keep, uid)),
        ...(keep === Number.POSITIVE_INFINITY ? [] : ordered("setuid", uid, last(ops, prctl(PR.SET_KEEPCAPS)))),
      ];
    },
  },
  {
    name: "the container never keeps the caller's groups where they can be dropped",
    faults: ({ plan, request }) => {
      const ops = startPhase(lastSection(plan).ops);
      const denied = request.facts.rootless && request.config.linux?.gidMappings?.length === 1;
      return !ops.some(named("exec")) || denied || ops.some(named("setgroups")) ? [] : ["no setgroups"];
    },
  },
  {
    name: "with no_new_privs the filter is the last thing before execve; without, it is loaded before capabilities are given up",
    faults: ({ plan, request }) => {
      const { ops } = lastSection(plan);
      const loads = first(ops, named("seccomp"));
      if (loads === Number.POSITIVE_INFINITY) return request.seccomp === undefined ? [] : ["the filter is not loaded"];
      const noNew = first(ops, prctl(PR.SET_NO_NEW_PRIVS));
      if (noNew === Number.POSITIVE_INFINITY)
        return ordered("loading the filter", loads, first(startPhase(ops), named("setgroups", "setuid", "capSet")) + startOf(ops));
      const between = ops.slice(loads + 1, -1).filter(({ name }) => name !== "sendFd" && name !== "init");
      return [...ordered("no_new_privs", noNew, loads), ...between.map(({ name }) => `${name} stands between the filter and execve`)];
    },
  },
  {
    name: "no_new_privs is set when it is asked for",
    faults: ({ plan, request }) => {
      const asked = ("process" in request ? request.process : request.config.process)?.noNewPrivileges === true;
      return asked === lastSection(plan).ops.some(prctl(PR.SET_NO_NEW_PRIVS)) ? [] : [`asked: ${asked}`];
    },
  },
  {
    name: "limits are set from outside while the process waits, before it may run anything",
    faults: ({ plan }) => {
      const host = plan.sections[0]?.ops ?? [];
      const set = last(host, (op) => op.name === "rlimit" || op.from === "process.oomScoreAdj");
      return ordered(
        "limits",
        set,
        first(host, (op) => op.name === "signal" && numberArg(op, "number") === BARRIER.hooked),
      );
    },
  },
  {
    name: "the pid is on disk before the container's process is let go on",
    faults: ({ plan, request }) => {
      if (!("rootfs" in request)) return [];
      const host = plan.sections[0]?.ops ?? [];
      const recorded = first(host, (op) => op.name === "putFile" && textArg(op, "path") === "pid");
      return ordered(
        "the pid",
        recorded,
        first(host, (op) => op.name === "signal" && numberArg(op, "number") === BARRIER.hooked),
      );
    },
  },
];

/** Where the ops begin that come after the last change of root and the last wait: what the container's program is left with. */
function startOf(ops: readonly Op[]): number {
  return Math.max(last(ops, named("pivotRoot", "moveRoot", "acceptStart")), last(ops, awaits(BARRIER.hooked))) + 1;
}

function startPhase(ops: readonly Op[]): readonly Op[] {
  return ops.slice(startOf(ops));
}
