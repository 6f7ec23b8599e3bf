// Turns (op index, errno) into a sentence: the launcher reports numbers, and the plan, which only TypeScript holds, knows the rest.
import { ERRNO, type Errno, errnoName, errnoPhrase } from "../../base/errno.ts";
import { type ErrorCode, KernelError, TeuError } from "../../base/errors.ts";
import type { OpName } from "../plan/ops.ts";
import type { Item, Op, Plan } from "../plan/plan.ts";
import { FIELD_HINTS, HINTS } from "./hints.ts";
import { kernelText, type ReportRecord } from "./records.ts";

/** What a sentence needs of an op; kept in the state directory for the ops that run at `start`. */
export interface OpOrigin {
  readonly name: OpName;
  readonly from: string;
  readonly subject: string;
  readonly items?: readonly Item[];
}

/** The verb of an error sentence; ops that are not here read well by their own name. */
const VERB: Partial<Record<OpName, string>> = {
  readOut: "read",
  openIn: "open in the root file system",
  makeIn: "make the mount target",
  write: "write",
  putFile: "write",
  copyIfEmpty: "copy",
  openTree: "open the mount source",
  fsMount: "mount",
  refuseFs: "mount",
  checkFs: "mount",
  checkDevice: "look at",
  umount: "unmount",
  remountLegacy: "change the options of",
  netlink: "set up",
  netlinkDump: "list",
  netlinkPart: "set up",
  holdPorts: "publish",
  forwardPort: "take",
  mountSetattr: "set mount attributes of",
  moveMount: "mount",
  bindAt: "bind-mount",
  pivotRoot: "pivot to the root file system",
  mknod: "make the device",
  writeTree: "write the tree",
  readTree: "read the tree",
  removeTree: "remove",
  clone: "make the container's namespaces",
  setns: "join the namespace",
  exec: "execute",
  run: "run",
  connect: "connect to",
  chdir: "change to the working directory",
  seccomp: "load the seccomp filter",
  deviceProgram: "attach the device program",
  capSet: "set the capabilities",
  capBound: "drop capabilities",
  rlimit: "set the limit",
  monitorLog: "open",
  pipe: "make a pipe for",
  giveStdio: "give the program its streams",
  init: "make the init process",
  await: "wait for the container's process",
};

/** The argument that names what an op works on, in order of preference. */
const SUBJECT_ARGS = ["path", "name", "type", "to", "target"] as const;

/** The part of an op that error sentences use. */
export function originOf(op: Op): OpOrigin {
  return { name: op.name, from: op.from, subject: op.subject ?? subjectOf(op), ...(op.items === undefined ? {} : { items: op.items }) };
}

function subjectOf(op: Op): string {
  if (op.name === "exec") {
    const argv = op.args.argv;
    return Array.isArray(argv) && typeof argv[0] === "string" ? JSON.stringify(argv[0]) : "";
  }
  for (const name of SUBJECT_ARGS) {
    const value = op.args[name];
    if (typeof value === "string" && value !== "") return value;
  }
  return "";
}

/** The op with an index of the report: indices count over all sections. */
export function opAt(plan: Plan, index: number): Op | undefined {
  let first = 0;
  for (const section of plan.sections) {
    if (index < first + section.ops.length) return section.ops[index - first];
    first += section.ops.length;
  }
  return undefined;
}

/**
 * `write /sys/fs/cgroup/…: linux.resources.memory.limit: invalid argument (EINVAL)`.
 * @param number which of the op's items failed, from 1, where that is known
 */
export function opSentence(origin: OpOrigin, errno: number, number = 1): string {
  const item = origin.items?.[number - 1];
  const what =
    item === undefined
      ? `${VERB[origin.name] ?? origin.name}${origin.subject === "" ? "" : ` ${origin.subject}`}`
      : `${item.doing}: ${item.subject}`;
  const name = errnoName(errno) as Errno;
  const hint = notFoundHint(origin, errno) ?? FIELD_HINTS[origin.from]?.[name] ?? HINTS[origin.name]?.[name];
  // A program is named by itself, and an item says what it is for.
  const field = origin.name === "exec" || item !== undefined ? "" : `${origin.from}: `;
  return `${what}: ${field}${errnoPhrase(errno)}${hint === undefined ? "" : `; ${hint}`}`;
}

/** A name without a slash was looked for in all of $PATH: that it is nowhere there says more than the errno of the last place. */
function notFoundHint({ name, subject }: OpOrigin, errno: number): string | undefined {
  const searched = name === "exec" && subject !== "" && !subject.includes("/");
  return searched && errno === ERRNO.ENOENT ? "no directory of the container's $PATH has a program of this name" : undefined;
}

const NOT_EXECUTABLE = new Set<number>([ERRNO.EACCES, ERRNO.ENOEXEC, ERRNO.EPERM, ERRNO.EISDIR, ERRNO.ELOOP]);

function codeOf(origin: OpOrigin, errno: number): ErrorCode {
  if (origin.name !== "exec") return "kernel";
  if (errno === ERRNO.ENOENT || errno === ERRNO.ENOTDIR) return "command-not-found";
  return NOT_EXECUTABLE.has(errno) ? "command-not-executable" : "kernel";
}

/**
 * The error that a report tells of, or undefined when the plan went through.
 * @param origin looks an op up by its index in the report.
 */
export function failureOf(records: readonly ReportRecord[], origin: (index: number) => OpOrigin | undefined): TeuError | undefined {
  const refused = records.find((record) => record.kind === "refused");
  if (refused !== undefined) return new TeuError("internal", `the launcher refused the plan: fault ${refused.value} at op ${refused.op}`);
  const failed = records.find((record) => record.kind === "failed");
  if (failed === undefined) return undefined;
  const errno = Number(failed.value);
  const known = origin(failed.op);
  if (known === undefined) return new TeuError("internal", `op ${failed.op}, which is not in the plan, ended with ${errnoPhrase(errno)}`);
  const helper = records.find((record) => record.kind === "helper");
  const detail = helper === undefined ? kernelText(records) : helperText(Number(helper.value));
  const item = records.find((record) => record.kind === "item" && record.op === failed.op);
  const sentence = opSentence(known, errno, item === undefined ? undefined : Number(item.value));
  const message = detail === undefined ? sentence : `${sentence}: ${detail}`;
  return new KernelError(message, { errno, field: known.from, code: codeOf(known, errno) });
}

/** A wait status in words (wait(2)). */
function helperText(status: number): string {
  const signal = status & 0x7f;
  return signal === 0 ? `it exited with status ${(status >> 8) & 0xff}` : `it was ended by signal ${signal}`;
}

/** The error that a plan's report tells of, if any. */
export function planFailure(plan: Plan, records: readonly ReportRecord[]): TeuError | undefined {
  return failureOf(records, (index) => {
    const op = opAt(plan, index);
    return op === undefined ? undefined : originOf(op);
  });
}
