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
import { ARM_PRIVATE_SYSCALLS, type SyscallAbi, syscallNumbers, X32_SYSCALL_BIT } from "../tables/syscalls/numbers.ts";
import { DATA } from "./bpf.ts";
import { type ConditionalRule, ruleChain } from "./conditions.ts";
import { Graph, NO_MASK, type Node, type Piece } from "./graph.ts";
import type { Profile, Rule } from "./profile.ts";

const KILL_THREAD = 0;
const ENOSYS_ANSWER = 0x00050026;
/** A tracer that skips a call sets its number to -1, which is neither an x32 call nor a new one (ptrace(2), seccomp(2)). */
const SKIPPED_BY_TRACER = 0xffffffff;

/** What the rules say of one call of one architecture. */
interface Decision {
  always?: number;
  readonly rules: ConditionalRule[];
}

/** The decision graph of a profile on a machine, from the first load to the answers. */
export function decide(profile: Profile, arch: HostFacts["arch"]): Node {
  const graph = new Graph();
  const architectures = compiledArchitectures(profile, arch);
  const byAudit = new Map<number, Piece[]>();
  for (const architecture of architectures) {
    const pieces = byAudit.get(architecture.audit) ?? [];
    pieces.push(...architecturePieces(graph, profile, architecture));
    byAudit.set(architecture.audit, pieces);
  }
  if (arch === "x86_64" && !architectures.some(({ abi }) => abi === "x32"))
    byAudit.get(architectures[0]?.audit ?? 0)?.push({ start: X32_SYSCALL_BIT, node: graph.answer(KILL_THREAD) });
  let node: Node = graph.answer(KILL_THREAD);
  for (const [audit, pieces] of [...byAudit].toReversed()) {
    const skipped = { start: SKIPPED_BY_TRACER, node: graph.answer(profile.fallback) };
    const yes = graph.search(DATA.number, [...pieces, skipped]);
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

/** The number ranges of one architecture, ascending. */
function architecturePieces(graph: Graph, profile: Profile, architecture: SeccompArchitecture): Piece[] {
  const fallback = graph.answer(profile.fallback);
  const context = { rest: fallback, narrow: architecture.narrow ?? false };
  const { decisions, newest } = collectDecisions(profile, architecture.abi);
  const pieces: Piece[] = [{ start: architecture.abi === "x32" ? X32_SYSCALL_BIT : 0, node: fallback }];
  const begin = (start: number, node: Node) => {
    if (pieces.at(-1)?.start === start) pieces.pop();
    pieces.push({ start, node });
  };
  for (const [number, decision] of [...decisions].sort(([a], [b]) => a - b)) {
    begin(number, decision.always === undefined ? ruleChain(graph, decision.rules, context) : graph.answer(decision.always));
    begin(number + 1, fallback);
  }
  if (newest === undefined || permits(profile.fallback)) return pieces;
  const known = pieces.filter(({ start }) => start <= newest);
  const apart = pieces.filter(({ start }) => start > newest + 1);
  known.push({ start: newest + 1, node: graph.answer(ENOSYS_ANSWER) });
  if (architecture.abi === "arm") known.push({ start: ARM_PRIVATE_SYSCALLS, node: fallback });
  return [...known, ...apart];
}

interface Decisions {
  readonly decisions: ReadonlyMap<number, Decision>;
  /**
   * The highest number that the profile names. Calls above it are newer than the profile: where the default is to refuse, they get
   * ENOSYS, which tells a C library to do without, where EPERM would make it give up (as runc; moby/moby#42871).
   */
  readonly newest: number | undefined;
}

function collectDecisions(profile: Profile, abi: SyscallAbi): Decisions {
  const numbers = syscallNumbers(abi);
  const multiplexers = abi === "x86" ? multiplexedCalls() : undefined;
  const decisions = new Map<number, Decision>();
  let newest: number | undefined;
  const add = (number: number, rule: ConditionalRule) => {
    const decision = decisions.get(number) ?? { rules: [] };
    decisions.set(number, decision);
    if (rule.conditions.length > 0) decision.rules.push(rule);
    else decision.always ??= rule.action;
  };
  for (const rule of profile.rules) {
    for (const name of rule.names) {
      const number = numbers.get(name);
      if (number !== undefined && !(number <= (newest ?? -1)) && !(abi === "arm" && number >= ARM_PRIVATE_SYSCALLS)) newest = number;
      if (rule.action === profile.fallback) continue;
      if (number !== undefined) add(number, rule);
      const call = multiplexers?.get(name);
      const through = call === undefined ? undefined : throughMultiplexer(rule, call);
      const multiplexer = call === undefined ? undefined : numbers.get(call.through);
      if (through !== undefined && multiplexer !== undefined) add(multiplexer, through);
    }
  }
  return { decisions, newest };
}

/**
 * A rule for a call that 32-bit x86 can also make through socketcall(2) or ipc(2). There the arguments lie in memory, which a
 * filter cannot read. So a rule that refuses, refuses whatever the arguments are; one that permits only some permits none.
 */
function throughMultiplexer(rule: Rule, { through, call }: Multiplexed): ConditionalRule | undefined {
  if (rule.conditions.length > 0 && permits(rule.action)) return undefined;
  // The kernel takes the upper half of ipc's first argument for a version, so it must not hide the call.
  const mask = through === "ipc" ? 0xffffn : 0xffffffffn;
  return { action: rule.action, conditions: [{ index: 0, compare: "masked", value: mask, other: BigInt(call) }] };
}
