// Conditions on arguments as decision nodes. Arguments are 64 bits, a BPF word is 32, so each comparison falls into one of the
// upper and one of the lower half. Neighbouring rules that look at the same argument are searched like system call
// numbers, not tried one by one: a list of a hundred ioctl requests costs seven comparisons.
import { argumentWord } from "./bpf.ts";
import { type Graph, NO_MASK, type Node, type Piece } from "./graph.ts";
import type { Condition, Rule } from "./profile.ts";

/** An answer for the calls whose arguments meet all conditions. */
export type ConditionalRule = Pick<Rule, "action" | "conditions">;

interface Span {
  readonly from: bigint;
  readonly to: bigint;
}

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
function conjunction(graph: Graph, rule: ConditionalRule, { rest, narrow }: { rest: Node; narrow: boolean }): Node {
  let node: Node = graph.answer(rule.action);
  for (const condition of rule.conditions.toReversed()) {
    if (condition.compare === "masked") node = masked(graph, condition, { yes: node, no: rest, narrow });
    else node = argumentRanges(graph, condition.index, { rest, narrow, choices: [{ condition, node }] });
  }
  return node;
}

interface Ranges {
  readonly choices: readonly { readonly condition: Condition; readonly node: Node }[];
  readonly rest: Node;
  readonly narrow: boolean;
}

/** A search over the values of one argument: the first choice whose condition holds, else `rest`. */
function argumentRanges(graph: Graph, index: number, { choices, rest, narrow }: Ranges): Node {
  const max = narrow ? LOW : MAX_U64;
  let pieces: WidePiece[] = [{ start: 0n, node: rest }];
  for (const { condition, node } of choices.toReversed()) {
    const value = narrow ? narrowed(condition.value) : condition.value;
    for (const span of spans(condition.compare, value, max)) pieces = overlay(pieces, { span, node, max });
  }
  if (narrow) return graph.search(argumentWord(index, "low"), pieces.map(lowPiece));
  return halves(graph, index, pieces);
}

/**
 * A value for comparing with 32 bits: a sign-extended negative number loses its upper half, as the argument did. Any other
 * value above 32 bits is kept: it is greater than every argument, not equal to some smaller one.
 */
function narrowed(value: bigint): bigint {
  return value >= MAX_U64 - 0x7fffffffn ? value & LOW : value;
}

function spans(compare: Condition["compare"], value: bigint, max: bigint): Span[] {
  const below = { from: 0n, to: value - 1n };
  const above = { from: value + 1n, to: max };
  const all: Partial<Record<Condition["compare"], Span[]>> = {
    eq: [{ from: value, to: value }],
    ne: [below, above],
    lt: [below],
    le: [{ from: 0n, to: value }],
    ge: [{ from: value, to: max }],
    gt: [above],
  };
  return (all[compare] ?? []).map(({ from, to }) => ({ from, to: to > max ? max : to })).filter(({ from, to }) => from <= to);
}

/** Lays a span with its own outcome over a covering list of pieces. */
function overlay(pieces: readonly WidePiece[], { span, node, max }: { span: Span; node: Node; max: bigint }): WidePiece[] {
  const before = pieces.filter((piece) => piece.start < span.from);
  const result: WidePiece[] = [...before, { start: span.from, node }];
  if (span.to === max) return result;
  const resumed = pieces.findLast((piece) => piece.start <= span.to + 1n);
  if (resumed !== undefined) result.push({ start: span.to + 1n, node: resumed.node });
  return result.concat(pieces.filter((piece) => piece.start > span.to + 1n));
}

function lowPiece(piece: WidePiece): Piece {
  return { start: Number(piece.start & LOW), node: piece.node };
}

/** A search by the upper half whose leaves are, where the outcome changes within it, searches by the lower half. */
function halves(graph: Graph, index: number, pieces: readonly WidePiece[]): Node {
  const low = argumentWord(index, "low");
  const upper: Piece[] = [];
  for (const high of new Set(pieces.map((piece) => piece.start >> 32n))) {
    const inside = pieces.filter((piece) => piece.start >> 32n === high);
    const entering = pieces.findLast((piece) => piece.start <= high << 32n);
    const within = (entering === undefined ? inside : [entering, ...inside]).map(lowPiece);
    upper.push({ start: Number(high), node: graph.search(low, within) });
    const leaving = inside.at(-1);
    if (leaving !== undefined && high < LOW) upper.push({ start: Number(high) + 1, node: leaving.node });
  }
  return graph.search(argumentWord(index, "high"), withoutReplaced(upper));
}

/** Of two pieces with the same start the later stands. */
function withoutReplaced(pieces: readonly Piece[]): Piece[] {
  return pieces.filter((piece, index) => piece.start !== pieces[index + 1]?.start);
}

/** (argument & value) == other, half by half; a half whose mask is empty is not looked at. */
function masked(graph: Graph, condition: Condition, { yes, no, narrow }: { yes: Node; no: Node; narrow: boolean }): Node {
  const mask = narrow ? condition.value & LOW : condition.value;
  const wanted = narrow ? narrowed(condition.other) : condition.other;
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
