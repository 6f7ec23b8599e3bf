// Reads a seccomp profile (runtime-spec config-linux.md, Seccomp) into the numbers that the compiler works with, and
// refuses, with all problems at once, one that breaks the specification or could never be loaded.
import { InvalidInputError, type Problem } from "../../base/errors.ts";
import type { Int64, Seccomp, SyscallArgument, SyscallRule } from "../../spec/runtime/config.ts";
import { SECCOMP_ARCHITECTURES } from "../../spec/runtime/names.ts";
import {
  ACTION_ANSWERS,
  type Comparison,
  FLAG_BITS,
  MAX_ERRNO,
  OPERATOR_COMPARISONS,
  permits,
  SECCOMP_FILTER_FLAG_NEW_LISTENER,
} from "../tables/seccomp.ts";
import { MAX_SYSCALL_ARGS } from "./bpf.ts";

/** A comparison of one argument; `other` is what the masked argument is compared with. */
export interface Condition {
  readonly index: number;
  readonly compare: Comparison;
  readonly value: bigint;
  readonly other: bigint;
}

/** Calls that get the filter answer `action` when all conditions hold. */
export interface Rule {
  readonly names: readonly string[];
  readonly action: number;
  readonly conditions: readonly Condition[];
}

export interface Profile {
  /** What a call gets that no rule decides: a filter's return value. */
  readonly fallback: number;
  readonly rules: readonly Rule[];
  readonly architectures: readonly string[];
  /** SECCOMP_FILTER_FLAG_* for seccomp(2). */
  readonly flags: bigint;
  readonly notify: boolean;
}

const FIELD = "linux.seccomp";
const EPERM = 1;
const MAX_MESSAGE = 0xffff;
const MAX_U64 = (1n << 64n) - 1n;

/** Calls that the container's process makes itself after its filter is loaded: to hand the descriptor over, and to report an error. */
const HAND_OVER = ["sendmsg", "write"];

type Report = (field: string, message: string) => void;

/**
 * Reads and checks a profile.
 * @throws InvalidInputError naming every problem by its field.
 */
export function readProfile(seccomp: Seccomp): Profile {
  const problems: Problem[] = [];
  const report: Report = (field, message) => problems.push({ field: `${FIELD}.${field}`, message });
  const notify = seccomp.syscalls?.some((rule) => rule.action === "SCMP_ACT_NOTIFY") ?? false;
  if (seccomp.defaultAction === "SCMP_ACT_NOTIFY")
    report("defaultAction", "SCMP_ACT_NOTIFY would stop the process before its listener is handed over");
  checkListener(seccomp, notify, report);
  const fallback = readAction({ action: seccomp.defaultAction, errno: seccomp.defaultErrnoRet }, DEFAULT_FIELDS, report);
  const rules = (seccomp.syscalls ?? []).flatMap((rule, index) => readRule(rule, `syscalls[${index}]`, report));
  for (const [index, name] of (seccomp.architectures ?? []).entries()) {
    if (!SECCOMP_ARCHITECTURES.some((known) => known === name))
      report(`architectures[${index}]`, `unknown architecture ${JSON.stringify(name)}`);
  }
  if (notify && !mayPermit("sendmsg", rules, fallback))
    report("syscalls", "with SCMP_ACT_NOTIFY sendmsg must be allowed: it is how the listener gets its descriptor");
  const flags = readFlags(seccomp.flags, notify, report);
  if (problems.length > 0) throw new InvalidInputError("seccomp profile", problems);
  return { fallback, rules, architectures: seccomp.architectures ?? [], flags, notify };
}

function checkListener(seccomp: Seccomp, notify: boolean, report: Report): void {
  if (notify && !seccomp.listenerPath) report("listenerPath", "SCMP_ACT_NOTIFY needs the path of a listener");
  if (seccomp.listenerMetadata && !seccomp.listenerPath) report("listenerMetadata", "is given without listenerPath");
}

/** Whether some call of this name gets through. */
function mayPermit(name: string, rules: readonly Rule[], fallback: number): boolean {
  const named = rules.filter((rule) => rule.names.includes(name));
  const always = named.find((rule) => rule.conditions.length === 0);
  if (always !== undefined) return permits(always.action);
  return permits(fallback) || named.some((rule) => permits(rule.action));
}

interface ActionFields {
  readonly action: string;
  readonly errno: string;
}

const DEFAULT_FIELDS: ActionFields = { action: "defaultAction", errno: "defaultErrnoRet" };

function readAction(given: { readonly action: string; readonly errno: number | undefined }, fields: ActionFields, report: Report): number {
  const action = known(ACTION_ANSWERS, given.action);
  if (action === undefined) {
    report(fields.action, `unknown action ${JSON.stringify(given.action)}`);
    return 0;
  }
  if (action.data === undefined) {
    if (given.errno !== undefined) report(fields.errno, `${given.action} carries no errno`);
    return action.value;
  }
  const limit = action.data === "errno" ? MAX_ERRNO : MAX_MESSAGE;
  const data = given.errno ?? EPERM;
  if (!Number.isInteger(data) || data < 0 || data > limit) report(fields.errno, `${data} is not between 0 and ${limit}`);
  return (action.value | (data & MAX_MESSAGE)) >>> 0;
}

/**
 * One rule of the profile; or one for each condition, when an argument is named twice: then any of them is enough.
 * That is what runc and crun do, though the specification is silent, and profiles rely on it ("family is 1 or 2").
 */
function readRule(rule: SyscallRule, field: string, report: Report): Rule[] {
  if (rule.names.length === 0) report(`${field}.names`, "must name at least one system call");
  const fields = { action: `${field}.action`, errno: `${field}.errnoRet` };
  const action = readAction({ action: rule.action, errno: rule.errnoRet }, fields, report);
  if (rule.action === "SCMP_ACT_NOTIFY") {
    for (const name of rule.names.filter((name) => HAND_OVER.includes(name)))
      report(`${field}.names`, `${name} cannot wait for the listener: it is how the listener gets its descriptor and errors are told`);
  }
  const conditions = (rule.args ?? []).map((arg, index) => readCondition(arg, `${field}.args[${index}]`, report));
  const repeated = new Set(conditions.map((condition) => condition.index)).size < conditions.length;
  if (repeated) return conditions.map((condition) => ({ names: rule.names, action, conditions: [condition] }));
  return [{ names: rule.names, action, conditions }];
}

function readCondition(arg: SyscallArgument, field: string, report: Report): Condition {
  if (!Number.isInteger(arg.index) || arg.index < 0 || arg.index >= MAX_SYSCALL_ARGS)
    report(`${field}.index`, `${arg.index} is not between 0 and ${MAX_SYSCALL_ARGS - 1}`);
  const compare = known(OPERATOR_COMPARISONS, arg.op);
  if (compare === undefined) report(`${field}.op`, `unknown operator ${JSON.stringify(arg.op)}`);
  return {
    index: arg.index,
    compare: compare ?? "eq",
    value: readValue(arg.value, `${field}.value`, report),
    other: readValue(arg.valueTwo ?? 0, `${field}.valueTwo`, report),
  };
}

/** What a table says of a word, undefined for a word that it does not know. */
function known<T>(table: Readonly<Record<string, T>>, word: string): T | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}

function readValue(value: Int64, field: string, report: Report): bigint {
  const whole = typeof value === "bigint" || Number.isInteger(value) ? BigInt(value) : -1n;
  if (whole >= 0n && whole <= MAX_U64) return whole;
  report(field, `${value} is not an unsigned 64-bit integer`);
  return 0n;
}

/**
 * The flag word. Without a list it is SPEC_ALLOW, as in runc and crun: the speculation barrier that a filter
 * otherwise turns on (spectre_v2) costs more than it gives. TSYNC says nothing to a process of one thread, which the launcher
 * is, and cannot go together with a listener (seccomp(2)); it is left out.
 */
function readFlags(names: readonly string[] | undefined, notify: boolean, report: Report): bigint {
  let flags = notify ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0n;
  for (const [index, name] of (names ?? ["SECCOMP_FILTER_FLAG_SPEC_ALLOW"]).entries()) {
    const flag = known(FLAG_BITS, name);
    if (flag === undefined) report(`flags[${index}]`, `unknown flag ${JSON.stringify(name)}`);
    else if (name === "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV" && !notify)
      report(`flags[${index}]`, `${name} needs a SCMP_ACT_NOTIFY rule`);
    else if (name !== "SECCOMP_FILTER_FLAG_TSYNC") flags |= flag;
  }
  return flags;
}
