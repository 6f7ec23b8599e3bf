// Conditions on arguments as decision nodes. Arguments are 64 bits, a BPF word is 32, so each comparison falls into one of the
// upper and one of the lower half. Neighbouring rules that look at the same argument are searched like system call
// numbers, not tried one by one: a list of a hundred ioctl requests costs seven comparisons.
import { argumentWord } from "./bpf.ts";
import { type Graph, NO_MASK, type Node, type Piece } from "./graph.ts";
import type { Condition, Rule } from "./profile.ts";

/** An answer for the calls whose arguments meet all conditions. */
export type ConditionalRule = Pick<Rule, "action" | "conditions">;

/** As a Piece, over the values of a whole argument. */
interface WidePiece {
  readonly start: bigint;
  readonly node: Node;
}

const LOW = 0xffffffffn;
const MAX_U64 = (1n << 64n) - 1n;

/**
 * Rules in order, the first whose conditions hold decides; `rest` decides when none does.
 * @param narrow arguments are compared by their lower 32 bits only
 */
export function ruleChain(graph: Graph, rules: readonly ConditionalRule[], { rest, narrow }: { rest: Node; narrow: boolean }): Node {
  let node = rest;
  for (let end = rules.length; end > 0; ) {
    const start = groupStart(rules, end);
    node = group(graph, rules.slice(start, end), { rest: node, narrow });
    end = start;
  }
  return node;
}

/** The argument that a rule is about, when it is about a range of one argument. */
function rangeArgument(rule: ConditionalRule | undefined): number | undefined {
  const [first, ...others] = rule?.conditions ?? [];
  return first === undefined || others.length > 0 || first.compare === "masked" ? undefined : first.index;
}

/** Where the longest run of rules about the same argument begins that ends before `end`. */
function groupStart(rules: readonly ConditionalRule[], end: number): number {
  let start = end - 1;
  const argument = rangeArgument(rules[start]);
  if (argument === undefined) return start;
  while (start > 0 && rangeArgument(rules[start - 1]) === argument) start--;
  return start;
}

function group(graph: Graph, rules: readonly ConditionalRule[], context: { rest: Node; narrow: boolean }): Node {
  const argument = rangeArgument(rules[0]);
  const [only] = rules;
  if (argument === undefined) return only === undefined ? context.rest : conjunction(graph, only, context);
  const choices = rules.flatMap((rule) => rule.conditions.map((condition) => ({ condition, node: graph.answer(rule.action) })));
  return argumentRanges(graph, argument, { ...context, choices });
}

/** All conditions of one rule hold, one after another; each failure goes to `rest`. */
function conjunction(graph: Graph, { action, conditions }: ConditionalRule, { rest, narrow }: { rest: Node; narrow: boolean }): Node {
  let node: Node = graph.answer(action);
  for (const condition of conditions) {
    if (condition.compare === "masked") node = masked(graph, condition, { yes: node, no: rest, narrow });
    else node = argumentRanges(graph, condition.index, { rest, narrow, choices: [{ condition, node }] });
  }
  return node;
}

interface Choice {
  readonly condition: Condition;
  readonly node: Node;
}

interface Ranges {
  readonly choices: readonly Choice[];
  readonly rest: Node;
  readonly narrow: boolean;
}

/** A search over the values of one argument: the first choice whose condition holds, else `rest`. */
function argumentRanges(graph: Graph, index: number, { choices, rest, narrow }: Ranges): Node {
  const fitting = narrow ? choices.map(({ condition, node }) => ({ condition: narrowed(condition), node })) : choices;
  const pieces: WidePiece[] = [];
  for (const start of cuts(fitting, narrow ? LOW : MAX_U64)) {
    const choice = fitting.find(({ condition }) => holds(condition, start));
    pieces.push({ start, node: choice === undefined ? rest : choice.node });
  }
  if (narrow) return graph.search(argumentWord(index, "low"), pieces.map(lowPiece));
  return halves(graph, index, pieces);
}

/**
 * A condition on 32 bits: a sign-extended negative value loses its upper half, as the argument did. Any other value above
 * 32 bits is kept: it is greater than every argument, not equal to some smaller one.
 */
function narrowed(condition: Condition): Condition {
  return { ...condition, value: withoutSign(condition.value), other: withoutSign(condition.other) };
}

function withoutSign(value: bigint): bigint {
  return value > MAX_U64 - 0x80000000n ? value & LOW : value;
}

function holds({ compare, value }: Condition, argument: bigint): boolean {
  switch (compare) {
    case "eq":
      return argument === value;
    case "ne":
      return argument !== value;
    case "lt":
      return argument < value;
    case "le":
      return argument <= value;
    case "ge":
      return argument >= value;
    case "gt":
      return argument > value;
    case "masked":
      throw new RangeError("a masked comparison has no ranges");
  }
}

/** Where an outcome can change, ascending: at a value and behind it; and where the upper half around it does. */
function cuts(choices: readonly Choice[], max: bigint): bigint[] {
  const starts = new Set([0n]);
  for (const { condition } of choices) {
    const { value } = condition;
    for (const start of [value, value + 1n, value & ~LOW, (value | LOW) + 1n]) if (start <= max) starts.add(start);
  }
  return [...starts].sort((a, b) => (a < b ? -1 : 1));
}

function lowPiece(piece: WidePiece): Piece {
  return { start: Number(piece.start & LOW), node: piece.node };
}

/** A search by the upper half whose leaves are, where the outcome changes within it, searches by the lower half. */
function halves(graph: Graph, index: number, pieces: readonly WidePiece[]): Node {
  const low = argumentWord(index, "low");
  const upper: Piece[] = [];
  let within: Piece[] = [];
  for (const [at, piece] of pieces.entries()) {
    within.push(lowPiece(piece));
    const high = piece.start >> 32n;
    const next = pieces[at + 1];
    if (next !== undefined && next.start >> 32n === high) continue;
    upper.push({ start: Number(high), node: graph.search(low, within) });
    within = [];
  }
  return graph.search(argumentWord(index, "high"), upper);
}

/** (argument & value) == other, half by half; a half whose mask is empty is not looked at. */
function masked(graph: Graph, condition: Condition, { yes, no, narrow }: { yes: Node; no: Node; narrow: boolean }): Node {
  const mask = narrow ? condition.value & LOW : condition.value;
  const wanted = narrow ? withoutSign(condition.other) : condition.other;
  if ((wanted & ~mask) !== 0n) return no;
  const low = maskedWord(graph, { word: argumentWord(condition.index, "low"), mask: Number(mask & LOW), k: Number(wanted & LOW), yes, no });
  return maskedWord(graph, {
    word: argumentWord(condition.index, "high"),
    mask: Number(mask >> 32n),
    k: Number(wanted >> 32n),
    yes: low,
    no,
  });
}

function maskedWord(graph: Graph, test: { word: number; mask: number; k: number; yes: Node; no: Node }): Node {
  if (test.mask === 0) return test.yes;
  if (test.k !== 0) return graph.test("equal", test);
  return graph.test("set", { word: test.word, mask: NO_MASK, k: test.mask, yes: test.no, no: test.yes });
}
