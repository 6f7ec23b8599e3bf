// What a profile decides, as a graph: architecture, then system call number, then arguments.
//
// Which rule decides, where several name one call (the specification is silent; the measure is libseccomp as runc and crun drive it):
// - a rule whose action is the default one is left out;
// - a rule without conditions decides, whatever stands beside it; the first, if there are several;
// - rules with conditions are tried in the order given (libseccomp promises no order where such rules overlap).
// A call of an architecture that the profile does not list kills the thread, as does an x32 call where x32 is not listed.
import type { HostFacts } from "../probe/host-facts.ts";
import {
  ARCHITECTURES,
  type Multiplexed,
  multiplexedCalls,
  NATIVE_ARCHITECTURE,
  permits,
  type SeccompArchitecture,
} from "../tables/seccomp.ts";
import { ARM_PRIVATE_SYSCALLS, type SyscallAbi, syscallTable, X32_SYSCALL_BIT } from "../tables/syscalls/numbers.ts";
import { DATA } from "./bpf.ts";
import { type ConditionalRule, ruleChain } from "./conditions.ts";
import { Graph, NO_MASK, type Node, type Piece } from "./graph.ts";
import type { Profile } from "./profile.ts";

const KILL_THREAD = 0;
const ENOSYS_ANSWER = 0x00050026;
/** A tracer that skips a call sets its number to -1, which is neither an x32 call nor a new one (ptrace(2), seccomp(2)). */
const SKIPPED_BY_TRACER = 0xffffffff;
const END_OF_NUMBERS = 0x100000000;

/** What the rules say of one call: always the same answer, or conditional rules to be tried in order (none: the default action). */
type Decision = number | ConditionalRule[];
type Decisions = Map<string, Decision>;

/** The decision graph of a profile on a machine, from the first load to the answers. */
export function decide(profile: Profile, arch: HostFacts["arch"]): Node {
  const graph = new Graph();
  const decisions = decisionsByName(profile);
  const architectures = compiledArchitectures(profile, arch);
  const withX32 = architectures.some(({ abi }) => abi === "x32");
  const byAudit = new Map<number, Piece[]>();
  for (const architecture of architectures) {
    const { abi, audit } = architecture;
    const known = abi === "x86" ? withMultiplexers(decisions) : decisions;
    const end = abi === "x86_64" && withX32 ? X32_SYSCALL_BIT : END_OF_NUMBERS;
    const pieces = architecturePieces(graph, { decisions: known, fallback: profile.fallback, architecture, end });
    byAudit.set(audit, [...(byAudit.get(audit) ?? []), ...pieces]);
  }
  let node: Node = graph.answer(KILL_THREAD);
  for (const [audit, pieces] of [...byAudit].toReversed()) {
    const yes = graph.search(DATA.number, pieces);
    node = graph.test("equal", { word: DATA.arch, mask: NO_MASK, k: audit, yes, no: node });
  }
  return node;
}

/** The machine's own architecture first, listed or not (as libseccomp), then those listed that its kernel can run beside it. */
function compiledArchitectures(profile: Profile, arch: HostFacts["arch"]): SeccompArchitecture[] {
  const native = NATIVE_ARCHITECTURE[arch];
  const names = [native.name, ...native.beside.filter((name) => profile.architectures.includes(name))];
  return names.flatMap((name) => ARCHITECTURES[name] ?? []);
}

function decisionsByName({ rules, fallback }: Profile): Decisions {
  const decisions: Decisions = new Map();
  for (const rule of rules) {
    for (const name of rule.names) {
      const decision = decisions.get(name);
      if (typeof decision === "number") continue;
      if (rule.action === fallback) decisions.set(name, decision ?? []);
      else if (rule.conditions.length === 0) decisions.set(name, rule.action);
      else if (decision === undefined) decisions.set(name, [rule]);
      else decision.push(rule);
    }
  }
  return decisions;
}

/**
 * Decisions for 32-bit x86, where some calls can also be made through socketcall(2) or ipc(2). There the arguments lie in memory, which
 * a filter cannot read. So a rule that refuses some calls by their arguments refuses all, one that permits some permits none.
 */
function withMultiplexers(decisions: Decisions): Decisions {
  if (typeof decisions.get("socketcall") === "number" && typeof decisions.get("ipc") === "number") return decisions;
  const whole: Decisions = new Map(decisions);
  for (const [name, call] of multiplexedCalls()) {
    const decision = decisions.get(name);
    const through = whole.get(call.through) ?? [];
    if (decision === undefined || typeof through === "number") continue;
    const action = typeof decision === "number" ? decision : decision.find((rule) => !permits(rule.action))?.action;
    if (action !== undefined) whole.set(call.through, [...through, multiplexedRule(call, action)]);
  }
  return whole;
}

function multiplexedRule({ through, call }: Multiplexed, action: number): ConditionalRule {
  // The kernel takes the upper half of ipc's first argument for a version, so it must not hide the call.
  const mask = through === "ipc" ? 0xffffn : 0xffffffffn;
  return { action, conditions: [{ index: 0, compare: "masked", value: mask, other: BigInt(call) }] };
}

interface Scope {
  readonly decisions: Decisions;
  readonly fallback: number;
  readonly architecture: SeccompArchitecture;
  /** The first number that is no longer this architecture's. */
  readonly end: number;
}

/** The number ranges of one architecture, ascending: calls that the rules decide, and between them what the rest gets. */
function architecturePieces(graph: Graph, { decisions, fallback, architecture, end }: Scope): Piece[] {
  const { names, numbers } = syscallTable(architecture.abi);
  const rest = restOfCalls(graph, { fallback, abi: architecture.abi, newest: newestCall(decisions, architecture.abi) });
  const context = { rest: graph.answer(fallback), narrow: architecture.narrow ?? false };
  const pieces: Piece[] = [];
  let next = rest[0]?.start ?? 0;
  for (let i = 0; i < names.length; i++) {
    const decision = decisions.get(names[i] ?? "");
    const number = numbers[i] ?? 0;
    // A second name of the same number says nothing new.
    if (decision === undefined || number < next) continue;
    if (number > next) pieces.push(...between(rest, next, number));
    const node = typeof decision === "number" ? graph.answer(decision) : ruleChain(graph, decision, context);
    if (pieces[pieces.length - 1]?.node !== node) pieces.push({ start: number, node });
    next = number + 1;
  }
  pieces.push(...between(rest, next, end));
  return pieces;
}

/**
 * The highest number that the profile names. Calls above it are newer than the profile: where the default is to refuse, they get
 * ENOSYS, which tells a C library to do without, where EPERM would make it give up (as runc; moby/moby#42871).
 */
function newestCall(decisions: Decisions, abi: SyscallAbi): number | undefined {
  const { names, numbers } = syscallTable(abi);
  for (let i = names.length - 1; i >= 0; i--) {
    const isPrivate = abi === "arm" && (numbers[i] ?? 0) >= ARM_PRIVATE_SYSCALLS;
    if (!isPrivate && decisions.has(names[i] ?? "")) return numbers[i];
  }
  return undefined;
}

interface Rest {
  readonly fallback: number;
  readonly abi: SyscallAbi;
  readonly newest: number | undefined;
}

/** What calls get that no rule decides, by ranges of numbers. */
function restOfCalls(graph: Graph, { fallback, abi, newest }: Rest): Piece[] {
  const refused = graph.answer(fallback);
  const rest: Piece[] = [{ start: abi === "x32" ? X32_SYSCALL_BIT : 0, node: refused }];
  if (newest !== undefined && !permits(fallback)) {
    rest.push({ start: newest + 1, node: graph.answer(ENOSYS_ANSWER) });
    if (abi === "arm") rest.push({ start: ARM_PRIVATE_SYSCALLS, node: refused });
  }
  if (abi === "x86_64") rest.push({ start: X32_SYSCALL_BIT, node: graph.answer(KILL_THREAD) });
  rest.push({ start: SKIPPED_BY_TRACER, node: refused });
  return rest;
}

/** The part of some pieces that lies in from … to - 1. */
function between(pieces: readonly Piece[], from: number, to: number): Piece[] {
  const part: Piece[] = [];
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i];
    const end = pieces[i + 1]?.start ?? END_OF_NUMBERS;
    if (piece !== undefined && piece.start < to && end > from) part.push({ start: Math.max(piece.start, from), node: piece.node });
  }
  return part;
}
