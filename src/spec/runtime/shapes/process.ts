// `process` (config.md, "Process", "POSIX process", "Linux Process", "User"): also what `exec --process` reads.
import { array, boolean, int32, integer, object, oneOf, optional, refined, type Shape, string, uint64, where } from "../../json/shape.ts";
import type { CapabilitySets, Process, Rlimit, Scheduler, User } from "../config.ts";
import { CAPABILITY_NAMES, IO_PRIORITY_CLASSES, RLIMIT_NAMES, SCHEDULER_FLAGS, SCHEDULER_POLICIES } from "../names.ts";
import { absolutePath, environment, id, rangeList, refuseRepeats, strings } from "./common.ts";

/** NGROUPS_MAX (setgroups(2)). */
const MOST_GROUPS = 65536;

const user = object<User>({
  uid: id,
  gid: id,
  umask: optional(integer(0, 0o777)),
  additionalGids: optional(where(array(id), (gids) => gids.length <= MOST_GROUPS, `must not have more than ${MOST_GROUPS} entries`)),
});

const limit = refined(object<Rlimit>({ type: oneOf(RLIMIT_NAMES), soft: uint64, hard: uint64 }), ({ soft, hard }, trail) => {
  if (soft > hard) trail.refuse(`${soft} is above the hard limit, ${hard}`, "soft");
});

const rlimits = refined(array(limit), refuseRepeats);

const KNOWN_CAPABILITIES: ReadonlySet<string> = new Set(CAPABILITY_NAMES);

/** "Any value which cannot be mapped to a relevant kernel interface […] MUST be logged as a warning." */
const capabilityNames: Shape<string[]> = refined(strings, (names, trail) => {
  for (const [index, name] of names.entries()) {
    if (!KNOWN_CAPABILITIES.has(name)) trail.warn(`${JSON.stringify(name)} is not a capability; it is left out`, index);
  }
});

const capabilities = object<CapabilitySets>({
  bounding: optional(capabilityNames),
  effective: optional(capabilityNames),
  inheritable: optional(capabilityNames),
  permitted: optional(capabilityNames),
  ambient: optional(capabilityNames),
});

/** sched_setattr(2): which fields mean something under which policy. */
const scheduler = refined(
  object<Scheduler>({
    policy: oneOf(SCHEDULER_POLICIES),
    nice: optional(int32),
    priority: optional(int32),
    flags: optional(array(oneOf(SCHEDULER_FLAGS))),
    runtime: optional(uint64),
    deadline: optional(uint64),
    period: optional(uint64),
  }),
  (value, trail) => {
    const { policy, nice = 0, priority = 0 } = value;
    const realTime = policy === "SCHED_FIFO" || policy === "SCHED_RR";
    if (nice < -20 || nice > 19) trail.refuse(`${nice} is not from -20 to 19`, "nice");
    if (realTime && (priority < 1 || priority > 99)) trail.refuse(`${priority} is not from 1 to 99, as ${policy} needs`, "priority");
    if (!realTime && priority !== 0) trail.refuse("is only for SCHED_FIFO and SCHED_RR", "priority");
    if (policy === "SCHED_DEADLINE") return;
    for (const field of ["runtime", "deadline", "period"] as const) {
      if (BigInt(value[field] ?? 0) !== 0n) trail.refuse("is only for SCHED_DEADLINE", field);
    }
  },
);

/** struct winsize holds 16 bits of each. */
const consoleSide = integer(0, 0xffff);

export const processShape: Shape<Process> = object<Process>({
  terminal: optional(boolean),
  consoleSize: optional(object<NonNullable<Process["consoleSize"]>>({ height: consoleSide, width: consoleSide })),
  cwd: absolutePath,
  env: optional(environment),
  args: optional(where(strings, (args) => args.length > 0, "must have at least one entry")),
  rlimits: optional(rlimits),
  apparmorProfile: optional(string),
  capabilities: optional(capabilities),
  noNewPrivileges: optional(boolean),
  // OOM_SCORE_ADJ_MIN and _MAX (proc_pid_oom_score_adj(5)).
  oomScoreAdj: optional(integer(-1000, 1000)),
  scheduler: optional(scheduler),
  selinuxLabel: optional(string),
  ioPriority: optional(
    object<NonNullable<Process["ioPriority"]>>({ class: oneOf(IO_PRIORITY_CLASSES), priority: optional(integer(0, 7)) }),
  ),
  execCPUAffinity: optional(object<NonNullable<Process["execCPUAffinity"]>>({ initial: optional(rangeList), final: optional(rangeList) })),
  user: optional(user),
});
