import { expect, test } from "bun:test";
import { type ErrorCode, TeuError } from "../../base/errors.ts";
import { retrying } from "./retry.ts";

/** Fails with the codes, one after the other, then gives how often it was called; notes the pauses. */
async function tried(times: number, codes: readonly ErrorCode[]) {
  const pauses: number[] = [];
  let calls = 0;
  const attempt = async () => {
    const code = codes[calls++];
    if (code !== undefined) throw new TeuError(code, code);
    return calls;
  };
  const clock = { sleep: async (pause: number) => void pauses.push(pause) };
  const result = await retrying(times, attempt, { clock }).catch((error: Error) => error.message);
  return { result, pauses };
}

interface Case {
  readonly times: number;
  readonly codes: readonly ErrorCode[];
  readonly result: number | string;
  readonly pauses: readonly number[];
}

// biome-ignore format: table
const CASES: Readonly<Record<string, Case>> = {
  "what succeeds is done once":                         { times: 3, codes: [],                             result: 1,             pauses: [] },
  "what may pass is tried again, after longer pauses":  { times: 3, codes: ["unavailable", "unavailable"], result: 3,             pauses: [1000, 2000] },
  "after the last time the failure is told":            { times: 1, codes: ["unavailable", "unavailable"], result: "unavailable", pauses: [1000] },
  "what will not pass is not tried again":              { times: 3, codes: ["not-found"],                  result: "not-found",   pauses: [] },
};

for (const [name, { times, codes, result, pauses }] of Object.entries(CASES))
  test(name, async () => expect(await tried(times, codes)).toEqual({ result, pauses: [...pauses] }));
