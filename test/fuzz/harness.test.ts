// The harness finds what it is there to find.
import { describe, expect, test } from "bun:test";
import { TeuError } from "../../src/base/errors.ts";
import { FuzzFailure, type FuzzTarget, ofBytes, runFuzz } from "./harness.ts";
import { mutate, Random } from "./mutate.ts";

const target = (change: Partial<FuzzTarget<string>>): FuzzTarget<Uint8Array> =>
  ofBytes({ name: "sample", seeds: ["name=value", "a=1"], run: () => undefined, seed: 7, seconds: 20, rounds: 3000, ...change });

async function failure(change: Partial<FuzzTarget<string>>): Promise<string> {
  try {
    await runFuzz(target(change));
  } catch (error) {
    if (error instanceof FuzzFailure) return error.message;
    throw error;
  }
  return "none";
}

describe("the harness", () => {
  test("finds an error that is none of ours, and shows the input", async () => {
    const message = await failure({
      run: (text) => {
        if (/=\d{4}/.test(text)) throw new TypeError("four digits");
      },
    });
    expect(message).toContain("sample: threw TypeError: four digits");
    const input = Buffer.from(/base64\): (.*)/.exec(message)?.[1] ?? "", "base64").toString();
    expect(input).toMatch(/=\d{4}/);
  });

  test("lets our own errors pass, also from a promise, and counts what was taken", async () => {
    const run = async (text: string) => {
      if (text.length % 2 === 0) throw new TeuError("invalid", "even");
    };
    const { rounds, taken } = await runFuzz(target({ run }));
    expect(rounds).toBe(3000);
    expect(taken).toBeGreaterThan(500);
    expect(taken).toBeLessThan(2500);
  });

  test("finds an input that takes long", async () => {
    const run = (text: string) => {
      if (text.length > 1000) Bun.sleepSync(12);
    };
    expect(await failure({ run, slowest: 10 })).toContain("sample: one input took");
  });

  test("finds what keeps memory", async () => {
    const kept: number[][] = [];
    expect(await failure({ run: () => kept.push(Array.from({ length: 4000 }, (_, i) => i + 0.5)), longest: 100, growth: 8 })).toContain(
      "MiB behind",
    );
  });

  test("uses the words that it is given", async () => {
    expect(
      await failure({
        words: ["magic"],
        run: (text) => {
          if (text.includes("magic")) throw new RangeError("found");
        },
      }),
    ).toContain("RangeError: found");
  });
});

test("the same seed makes the same inputs, another makes others", () => {
  const seeds = [new TextEncoder().encode("name=value")];
  const inputs = (seed: number) => {
    const random = new Random(seed);
    return Array.from({ length: 200 }, () => Buffer.from(mutate(random, { seeds, corpus: [], words: [] }, 1000)).toString("latin1"));
  };
  expect(inputs(1)).toEqual(inputs(1));
  expect(inputs(1)).not.toEqual(inputs(2));
  expect(new Set(inputs(1)).size).toBeGreaterThan(150);
});
