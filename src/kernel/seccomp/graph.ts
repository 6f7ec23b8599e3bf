// What a filter decides, as a graph of tests without regard to instructions: built from the answers up, each node made once,
// so that equal decisions become one node and comparing outcomes is comparing identities.
import { TeuError } from "../../base/errors.ts";
import { DATA, MAX_INSTRUCTIONS } from "./bpf.ts";

/** A final answer: SECCOMP_RET_* with its data. */
export interface Answer {
  readonly kind: "answer";
  readonly id: number;
  readonly value: number;
}

/** `equal`, `greater`, `greaterOrEqual`: unsigned; `set`: any bit of k is set. */
export type TestKind = "equal" | "greater" | "greaterOrEqual" | "set";

/** A comparison of the 32-bit word of struct seccomp_data at `word`, after `& mask`, with `k`. */
export interface Test {
  readonly kind: TestKind;
  readonly id: number;
  readonly word: number;
  readonly mask: number;
  readonly k: number;
  readonly yes: Node;
  readonly no: Node;
}

export type Node = Answer | Test;

export const NO_MASK = 0xffffffff;

/** No graph that fits a program has so many nodes, and a walk of so deep a one does not exhaust the stack. */
const MAX_NODES = 4 * MAX_INSTRUCTIONS;

/** Why a profile cannot be loaded. */
export function programTooLong(): TeuError {
  return new TeuError(
    "unsupported",
    `the seccomp profile needs more instructions than the ${MAX_INSTRUCTIONS} that the kernel takes: give fewer rules or architectures`,
  );
}

/** A word's values from `start` up to the next piece (or the end) are decided by `node`. */
export interface Piece {
  readonly start: number;
  readonly node: Node;
}

/** Makes nodes; one per program. */
export class Graph {
  readonly #answers = new Map<number, Answer>();
  /** Tests by the identity of their outcomes; few share both. */
  readonly #tests = new Map<number, Test[]>();
  #nodes = 0;

  answer(value: number): Answer {
    const known = this.#answers.get(value);
    if (known !== undefined) return known;
    const node: Answer = { kind: "answer", id: this.#nodes++, value };
    this.#answers.set(value, node);
    return node;
  }

  /** @throws TeuError `unsupported` when there are too many for a program. */
  test(kind: TestKind, { word, mask, k, yes, no }: Omit<Test, "kind" | "id">): Node {
    if (yes === no) return yes;
    if (this.#nodes >= MAX_NODES) throw programTooLong();
    // The search by number is most of a program and never meets the same test twice.
    if (word === DATA.number) return { kind, id: this.#nodes++, word, mask, k, yes, no };
    const key = yes.id * MAX_NODES + no.id;
    const alike = this.#tests.get(key) ?? [];
    const known = alike.find((test) => test.word === word && test.k === k && test.kind === kind && test.mask === mask);
    if (known !== undefined) return known;
    const node: Test = { kind, id: this.#nodes++, word, mask, k, yes, no };
    this.#tests.set(key, [...alike, node]);
    return node;
  }

  /**
   * A balanced search tree over the values of a word. Neighbours with the same outcome become one piece; a lone value within
   * the range of another outcome is one test for equality, not two bounds.
   * @param pieces in ascending order of `start`; the first covers everything below the second, whatever its start
   */
  search(word: number, pieces: readonly Piece[]): Node {
    const collapsed = this.#collapse(word, merge(pieces));
    return this.#subtree(word, { pieces: collapsed, from: 0, to: collapsed.length });
  }

  #subtree(word: number, { pieces, from, to }: { pieces: readonly Piece[]; from: number; to: number }): Node {
    const at = (from + to) >> 1;
    const middle = pieces[at];
    if (middle === undefined) throw new RangeError("a search tree needs a piece");
    if (to - from === 1) return middle.node;
    const no = this.#subtree(word, { pieces, from, to: at });
    const yes = this.#subtree(word, { pieces, from: at, to });
    return this.test("greaterOrEqual", { word, mask: NO_MASK, k: middle.start, yes, no });
  }

  #collapse(word: number, pieces: readonly Piece[]): Piece[] {
    const collapsed: Piece[] = [];
    for (let i = 0; i < pieces.length; i++) {
      const piece = pieces[i];
      const lone = pieces[i + 1];
      const after = pieces[i + 2];
      if (piece === undefined) break;
      if (lone !== undefined && after?.node === piece.node && after.start === lone.start + 1) {
        const node = this.test("equal", { word, mask: NO_MASK, k: lone.start, yes: lone.node, no: piece.node });
        collapsed.push({ start: piece.start, node });
        i += 2;
      } else collapsed.push(piece);
    }
    return collapsed;
  }
}

function merge(pieces: readonly Piece[]): Piece[] {
  return pieces.filter((piece, index) => piece.node !== pieces[index - 1]?.node);
}
