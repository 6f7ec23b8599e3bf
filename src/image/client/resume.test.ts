import { expect, test } from "bun:test";
import { TeuError } from "../../base/errors.ts";
import { SYSTEM_CLOCK } from "./clock.ts";
import { NetworkError } from "./network-errors.ts";
import { openResuming } from "./resume.ts";

const SIZE = 10;
const whole = Uint8Array.from({ length: SIZE }, (_, index) => index);
const cut = () => new NetworkError("get", "ECONNRESET");

/** What a place does each time it is asked: gives so many bytes and breaks, gives all, or fails to open. */
type Turn = number | "all" | "gone" | "down";

function place(turns: readonly Turn[], asked: string[], name: string) {
  let turn = 0;
  return async (offset: number) => {
    const now = turns[Math.min(turn++, turns.length - 1)];
    asked.push(`${name}${offset}`);
    if (now === "gone") throw new TeuError("not-found", "gone");
    if (now === "down") throw new NetworkError("open", "ECONNREFUSED");
    return (async function* () {
      yield* now === "all" ? [whole.subarray(offset)] : [whole.subarray(offset, offset + Number(now))];
      if (now !== "all") throw cut();
    })();
  };
}

async function get(places: Readonly<Record<string, readonly Turn[]>>, offset = 0) {
  const asked: string[] = [];
  const waits: number[] = [];
  const clock = { ...SYSTEM_CLOCK, random: () => 1, sleep: async (milliseconds: number) => void waits.push(milliseconds) };
  const openers = Object.entries(places).map(([name, turns]) => place(turns, asked, name));
  const bytes: number[] = [];
  let error: unknown;
  try {
    for await (const chunk of await openResuming({ what: "get", size: SIZE, offset, places: openers, attempts: 3, clock }))
      bytes.push(...chunk);
  } catch (caught) {
    error = caught;
  }
  const expected = [...whole.subarray(offset)];
  expect(bytes).toEqual(expected.slice(0, bytes.length));
  return { asked: asked.join(" "), complete: bytes.length === expected.length, waits, error };
}

test.each([
  ["one that gives all is asked once", { a: ["all"] }, 0, "a0"],
  ["one that begins at an offset", { a: ["all"] }, 4, "a4"],
  ["the end of the whole needs nobody", { a: ["down"] }, SIZE, ""],
  ["one that breaks is asked for the rest", { a: [3, 4, "all"] }, 0, "a0 a3 a7"],
  ["progress counts the failures anew", { a: [1, 1, 1, 1, 1, 1, "all"] }, 0, "a0 a1 a2 a3 a4 a5 a6"],
  ["one that is down for a while after it gave bytes is waited for", { a: [5, "down", "all"] }, 0, "a0 a5 a5"],
  ["one that lacks it is passed over", { a: ["gone"], b: ["all"] }, 0, "a0 b0"],
  ["one that is down is passed over", { a: ["down"], b: ["all"] }, 0, "a0 b0"],
  ["one that gives no more is left for the next, which goes on", { a: [4, 0, 0, 0], b: ["all"] }, 0, "a0 a4 a4 b4"],
  ["… and the next for one after it", { a: [4, 0], b: [3, 0], c: ["all"] }, 0, "a0 a4 a4 b4 b7 b7 c7"],
] as const)("%s", async (_, places, offset, asked) => {
  expect(await get(places, offset)).toMatchObject({ asked, complete: true, error: undefined });
});

test.each([
  ["the last place's failure to open", { a: ["down"], b: ["gone"] }, "a0 b0", { code: "not-found" }],
  ["the last place's broken connection, after its attempts", { a: [5, 0] }, "a0 a5 a5", { reason: "ECONNRESET" }],
] as const)("%s is thrown", async (_, places, asked, error) => {
  expect(await get(places)).toMatchObject({ asked, complete: false, error });
});

test("waits grow while nothing comes, and begin anew after progress", async () => {
  const { waits } = await get({ a: [2, 0, 2, 0, "all"] });
  expect(waits).toEqual([300, 600, 300, 600]);
});
