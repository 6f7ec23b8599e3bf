// Turns a decision graph into BPF. The program is written backwards, from its answers to its first load, because BPF only
// jumps forward: by then the place that a jump goes to is known. A place further away than a conditional jump reaches (255)
// gets a copy of the answer, or a BPF_JA to it, right behind the jump.
import { BPF, MAX_INSTRUCTIONS, MAX_SKIP } from "./bpf.ts";
import { NO_MASK, type Node, programTooLong, type Test, type TestKind } from "./graph.ts";

const JUMPS: Readonly<Record<TestKind, number>> = {
  equal: BPF.jumpEqual,
  greater: BPF.jumpGreater,
  greaterOrEqual: BPF.jumpGreaterOrEqual,
  set: BPF.jumpSet,
};

/** What the accumulator holds: a word of the data and the mask that was applied to it. */
type Loaded = Pick<Test, "word" | "mask">;

/** struct sock_filter; `yes` and `no` are how many instructions a conditional jump skips. */
interface Instruction {
  readonly code: number;
  readonly k: number;
  readonly yes: number;
  readonly no: number;
}

/** A place in the program: the number of instructions behind it. */
type Place = number;

/** Writes one program, last instruction first. */
class BackwardWriter {
  readonly #instructions: Instruction[] = [];
  /** Where each node begins when the accumulator already holds its word, and when it does not. */
  readonly #bare: Place[] = [];
  readonly #loading: Place[] = [];
  /** The latest BPF_JA to a place. */
  readonly #trampolines: Place[] = [];

  get length(): number {
    return this.#instructions.length;
  }

  /** Where `node` begins for a program that comes with `loaded` in the accumulator; writes it if need be. */
  place(node: Node, loaded: Loaded | undefined): Place {
    if (node.kind === "answer") return this.#bare[node.id] ?? this.#answer(node.id, node.value);
    const ready = loaded !== undefined && loaded.word === node.word && loaded.mask === node.mask;
    return ready ? (this.#bare[node.id] ?? this.#test(node)) : (this.#loading[node.id] ?? this.#loadAndTest(node));
  }

  /** The program in the kernel's form, first instruction first: both machines that teu runs on are little-endian. */
  bytes(): Uint8Array {
    const words = new Uint32Array(this.length * 2);
    let at = 0;
    for (let i = this.length - 1; i >= 0; i--) {
      const instruction = this.#instructions[i];
      if (instruction === undefined) break;
      words[at++] = instruction.code | (instruction.yes << 16) | (instruction.no << 24);
      words[at++] = instruction.k;
    }
    return new Uint8Array(words.buffer);
  }

  #write(instruction: Instruction): Place {
    return this.#instructions.push(instruction);
  }

  #answer(id: number, value: number): Place {
    const place = this.#write({ code: BPF.return, k: value, yes: 0, no: 0 });
    this.#bare[id] = place;
    return place;
  }

  #test(test: Test): Place {
    // An answer is written last, next to the jump: before a long branch it would be out of reach, and needed twice.
    if (test.yes.kind !== "answer") this.place(test.yes, test);
    if (test.no.kind !== "answer") this.place(test.no, test);
    // Bringing one nearer pushes the other one instruction away, so the first looks one instruction ahead.
    const no = this.#within(test.no, { loaded: test, reach: MAX_SKIP - 1 });
    const yes = this.#within(test.yes, { loaded: test, reach: MAX_SKIP });
    const place = this.#write({ code: JUMPS[test.kind], k: test.k, yes: this.length - yes, no: this.length - no });
    this.#bare[test.id] = place;
    return place;
  }

  /** A place to reach `node` from the next instruction to be written. */
  #within(node: Node, { loaded, reach }: { loaded: Loaded; reach: number }): Place {
    const place = this.place(node, loaded);
    if (this.length - place <= reach) return place;
    if (node.kind === "answer") return this.#answer(node.id, node.value);
    const near = this.#trampolines[place];
    if (near !== undefined && this.length - near <= reach) return near;
    const trampoline = this.#write({ code: BPF.jump, k: this.length - place, yes: 0, no: 0 });
    this.#trampolines[place] = trampoline;
    return trampoline;
  }

  #loadAndTest(test: Test): Place {
    const known = this.#bare[test.id];
    // The load falls through to the test; when that stands elsewhere, a second one is cheaper than a jump to it.
    if (known === undefined || known !== this.length) this.#test(test);
    if (test.mask !== NO_MASK) this.#write({ code: BPF.and, k: test.mask, yes: 0, no: 0 });
    const place = this.#write({ code: BPF.load, k: test.word, yes: 0, no: 0 });
    this.#loading[test.id] = place;
    return place;
  }
}

/**
 * The program that decides as `root` does: struct sock_filter[], little-endian.
 * @throws TeuError `unsupported` when it is longer than the kernel takes.
 */
export function assemble(root: Node): Uint8Array {
  const writer = new BackwardWriter();
  writer.place(root, undefined);
  if (writer.length > MAX_INSTRUCTIONS) throw programTooLong();
  return writer.bytes();
}
