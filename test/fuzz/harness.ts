// Fuzzing of whatever reads an outsider's bytes: seeded, bounded in time, the same inputs for the same seed. A target fails when it throws
// anything but a TeuError, is slow on one input, or keeps memory. Longer runs: TEU_FUZZ_SECONDS=60 bun test test/fuzz; another seed: TEU_FUZZ_SEED.
import { test } from "bun:test";
import { TeuError } from "../../src/base/errors.ts";
import { mutate, Random } from "./mutate.ts";

export interface FuzzTarget<Input> {
  readonly name: string;
  /** Inputs of the language, good ones mostly; each is run as it is first. */
  readonly seeds: readonly Input[];
  /** Words that chance would not find. */
  readonly words?: readonly string[];
  /** Reads one input, checks what must hold of the result by throwing something that is no TeuError. */
  readonly run: (input: Input) => unknown;
  readonly seed?: number;
  readonly seconds?: number;
  /** Ends the run before its time; without it time alone does. */
  readonly rounds?: number;
  /** Bytes of an input at most; enough for what is quadratic to be slow. */
  readonly longest?: number;
  /** Milliseconds that one input may take. */
  readonly slowest?: number;
  /** MiB that all inputs together may leave behind. */
  readonly growth?: number;
}

export interface FuzzReport {
  readonly rounds: number;
  /** Inputs that were read without an error. */
  readonly taken: number;
}

/** What was wrong, with the input in a form that can be put into a test. */
export class FuzzFailure extends Error {
  constructor(
    readonly input: Uint8Array,
    why: string,
    options?: ErrorOptions,
  ) {
    super(`${why}\ninput (${input.length} bytes, base64): ${Buffer.from(input.subarray(0, 6000)).toString("base64")}`, options);
  }
}

const SECONDS = Number(process.env.TEU_FUZZ_SECONDS ?? 2);
const SEED = Number(process.env.TEU_FUZZ_SEED ?? 1);
/** More would slow the picking down and teach nothing. */
const LARGEST_CORPUS = 400;
/** Bytes; longer ones are run once, and make every later one slow. */
const LONGEST_KEPT = 4096;
/** Heap is looked at when code is compiled and caches are full. */
const WARM_ROUNDS = 500;

/** Registers a test of a target that takes bytes. */
export function fuzz(target: FuzzTarget<Uint8Array>): void {
  const seconds = target.seconds ?? SECONDS;
  test(`${target.name} stands ${seconds} seconds of damaged input`, async () => void (await runFuzz(target)), seconds * 1000 + 30_000);
}

/** Registers a test of a target that takes text. Damaged UTF-8 becomes U+FFFD, as everywhere where text is made of bytes. */
export function fuzzText(target: FuzzTarget<string>): void {
  fuzz(ofBytes(target));
}

export function ofBytes(target: FuzzTarget<string>): FuzzTarget<Uint8Array> {
  const decoder = new TextDecoder();
  return {
    ...target,
    seeds: target.seeds.map((seed) => new TextEncoder().encode(seed)),
    run: (input) => target.run(decoder.decode(input)),
  };
}

/** Runs a target. @throws FuzzFailure at the first input that it does not stand. */
export async function runFuzz(target: FuzzTarget<Uint8Array>): Promise<FuzzReport> {
  const { seconds = SECONDS, rounds = Number.POSITIVE_INFINITY, longest = 64 * 1024, growth = 32 } = target;
  const random = new Random(target.seed ?? SEED);
  const corpus: Uint8Array[] = [];
  const words = (target.words ?? []).map((word) => new TextEncoder().encode(word));
  for (const seed of target.seeds) await runOne(target, seed);

  const end = performance.now() + seconds * 1000;
  let [done, taken, before] = [0, 0, 0];
  let input: Uint8Array = new Uint8Array();
  for (; done < rounds && performance.now() < end; done++) {
    if (done === WARM_ROUNDS) before = heapInUse();
    input = mutate(random, { seeds: target.seeds, corpus, words }, longest);
    if (!(await runOne(target, input))) continue;
    taken++;
    // What is still of the language leads further into it.
    if (input.length > LONGEST_KEPT) continue;
    if (corpus.length < LARGEST_CORPUS) corpus.push(input);
    else corpus[random.below(LARGEST_CORPUS)] = input;
  }
  const kept = done > WARM_ROUNDS ? (heapInUse() - before) / 1024 ** 2 : 0;
  if (kept > growth) throw new FuzzFailure(input, `${target.name}: ${done} inputs left ${Math.round(kept)} MiB behind`);
  return { rounds: done, taken };
}

function heapInUse(): number {
  Bun.gc(true);
  return process.memoryUsage().heapUsed;
}

/** Whether the input was read without an error. A slow one is given two more chances: the machine may have been busy. */
async function runOne(target: FuzzTarget<Uint8Array>, input: Uint8Array): Promise<boolean> {
  const { slowest = 250 } = target;
  let fastest = Number.POSITIVE_INFINITY;
  let taken = false;
  for (let chance = 0; chance < 3 && fastest > slowest; chance++) {
    const start = performance.now();
    taken = await attempt(target, input);
    fastest = Math.min(fastest, performance.now() - start);
  }
  if (fastest > slowest) throw new FuzzFailure(input, `${target.name}: one input took ${Math.round(fastest)} ms`);
  return taken;
}

async function attempt({ name, run }: FuzzTarget<Uint8Array>, input: Uint8Array): Promise<boolean> {
  try {
    const result = run(input);
    if (result instanceof Promise) await result;
    return true;
  } catch (error) {
    if (error instanceof TeuError) return false;
    throw new FuzzFailure(input, `${name}: threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`, {
      cause: error,
    });
  }
}
