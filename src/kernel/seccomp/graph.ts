// What a filter decides, as a graph of tests without regard to instructions: built from the answers up, each node made once,
// so that equal decisions become one node and comparing outcomes is comparing identities.

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

/** A word's values from `start` up to the next piece (or the end) are decided by `node`. */
export interface Piece {
  readonly start: number;
  readonly node: Node;
}

/** Makes nodes; one per program. */
export class Graph {
  readonly #known = new Map<string, Node>();

  answer(value: number): Answer {
    const key = `${value}`;
    const known = this.#known.get(key);
    if (known?.kind === "answer") return known;
    const node: Answer = { kind: "answer", id: this.#known.size, value };
    this.#known.set(key, node);
    return node;
  }

  test(kind: TestKind, test: Omit<Test, "kind" | "id">): Node {
    if (test.yes === test.no) return test.yes;
    const key = `${kind} ${test.word} ${test.mask} ${test.k} ${test.yes.id} ${test.no.id}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const node: Test = { kind, id: this.#known.size, ...test };
    this.#known.set(key, node);
    return node;
  }

  /**
   * A balanced search tree over the values of a word. Neighbours with the same outcome become one piece; a lone value within
   * the range of another outcome is one test for equality, not two bounds.
   * @param pieces in ascending order of `start`; the first covers everything below the second, whatever its start
   */
  search(word: number, pieces: readonly Piece[]): Node {
    return this.#subtree(word, this.#collapse(word, merge(pieces)));
  }

  #subtree(word: number, pieces: readonly Piece[]): Node {
    const middle = pieces[pieces.length >> 1];
    if (middle === undefined) throw new RangeError("a search tree needs a piece");
    if (pieces.length === 1) return middle.node;
    const no = this.#subtree(word, pieces.slice(0, pieces.length >> 1));
    const yes = this.#subtree(word, pieces.slice(pieces.length >> 1));
    return this.test("greaterOrEqual", { word, mask: NO_MASK, k: middle.start, yes, no });
  }

  #collapse(word: number, pieces: readonly Piece[]): Piece[] {
    const collapsed: Piece[] = [];
    for (let i = 0; i < pieces.length; i++) {
      const [piece, lone, after] = pieces.slice(i, i + 3);
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
