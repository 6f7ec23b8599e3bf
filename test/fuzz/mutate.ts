// Mutations of a corpus, from a seeded generator: the same seed makes the same inputs on every machine.

/** Numbers from 0 to 1, from 32 bits of state (the mulberry32 generator). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 up to but without `end`. */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end);
  }

  pick<T>(list: readonly T[]): T {
    const found = list[this.below(list.length)];
    if (found === undefined) throw new RangeError("nothing to pick from");
    return found;
  }
}

export interface Material {
  /** What the target gave; never empty. Half of all inputs begin here, so that the corpus does not drift away from the language. */
  readonly seeds: readonly Uint8Array[];
  /** Made on the way; may be empty. */
  readonly corpus: readonly Uint8Array[];
  /** Words of the language, inserted whole. */
  readonly words: readonly Uint8Array[];
}

type Mutation = (input: Uint8Array, random: Random, material: Material) => Uint8Array;

/** Bytes on which parsers turn: ends of ranges, quotes, brackets, separators, the first bytes of long UTF-8 sequences. */
const TURNING_BYTES = new TextEncoder().encode("\0\t\n\r \"'\\/,:;=<>()[]{}@.-_+*%$#aAzZ09\x7f");
const HIGH_BYTES: readonly number[] = [0x80, 0xc0, 0xc3, 0xe2, 0xf0, 0xfe, 0xff];

/** Numbers at which widths end. */
const NUMBERS = [
  "-1",
  "0",
  "1",
  "127",
  "255",
  "65536",
  "2147483648",
  "4294967295",
  "9007199254740993",
  "18446744073709551616",
  "1e309",
  "077",
].map((text) => new TextEncoder().encode(text));

function replaced(input: Uint8Array, from: number, to: number, by: Uint8Array): Uint8Array {
  const output = new Uint8Array(input.length - (to - from) + by.length);
  output.set(input.subarray(0, from));
  output.set(by, from);
  output.set(input.subarray(to), from + by.length);
  return output;
}

function range(input: Uint8Array, random: Random): readonly [from: number, to: number] {
  const from = random.below(input.length + 1);
  // Short ones mostly: half of all damage is to a word.
  const longest = random.below(2) === 0 ? Math.min(8, input.length - from) : input.length - from;
  return [from, from + random.below(longest + 1)];
}

function place(input: Uint8Array, random: Random): number {
  return random.below(input.length + 1);
}

const oneByte = (random: Random): Uint8Array => {
  const kind = random.below(3);
  return Uint8Array.of(kind === 0 ? random.below(256) : random.pick(kind === 1 ? [...TURNING_BYTES] : HIGH_BYTES));
};

const MUTATIONS: readonly Mutation[] = [
  // Flip a bit.
  (input, random) => {
    const output = input.slice();
    const at = random.below(output.length);
    if (output.length > 0) output[at] = (output[at] ?? 0) ^ (1 << random.below(8));
    return output;
  },
  // Put a byte in the place of a range, or between two.
  (input, random) => replaced(input, ...range(input, random), oneByte(random)),
  (input, random) => {
    const at = place(input, random);
    return replaced(input, at, at, oneByte(random));
  },
  // Take a range away.
  (input, random) => replaced(input, ...range(input, random), new Uint8Array()),
  // Say a range again, once or until it is long.
  (input, random) => {
    const [from, to] = range(input, random);
    return replaced(input, to, to, input.subarray(from, to));
  },
  (input, random) => {
    const [from, to] = range(input, random);
    const times = 1 << random.below(14);
    const part = input.subarray(from, to);
    const many = new Uint8Array(Math.min(part.length * times, 64 * 1024));
    for (let at = 0; at < many.length; at += part.length) many.set(part.subarray(0, many.length - at), at);
    return replaced(input, to, to, many);
  },
  // Put a part of another input there.
  (input, random, material) => {
    const other = start(random, material);
    return replaced(input, ...range(input, random), other.subarray(...range(other, random)));
  },
  // Put a word or a number there.
  (input, random, { words }) => (words.length === 0 ? input : replaced(input, ...range(input, random), random.pick(words))),
  (input, random) => {
    const digits = [...input.keys()].filter((at) => isDigit(input[at]) && !isDigit(input[at - 1]));
    if (digits.length === 0) return input;
    const from = random.pick(digits);
    let to = from;
    while (isDigit(input[to])) to++;
    return replaced(input, from, to, random.pick(NUMBERS));
  },
  // Cut the end off.
  (input, random) => input.slice(0, place(input, random)),
];

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;

function start(random: Random, { seeds, corpus }: Material): Uint8Array {
  return random.pick(corpus.length === 0 || random.below(2) === 0 ? seeds : corpus);
}

/** One to six mutations, one on another, of a seed or an input of the corpus; at most `longest` bytes. */
export function mutate(random: Random, material: Material, longest: number): Uint8Array {
  let input = start(random, material);
  for (let count = 1 + random.below(6); count > 0; count--) input = random.pick(MUTATIONS)(input, random, material).subarray(0, longest);
  return input.slice();
}
