// The launcher's ops by themselves, on streams that no writer of ours would send: a broken one is EPROTO, whatever it breaks off in.
import { describe, expect } from "bun:test";
import { closeSync, openSync, readdirSync } from "node:fs";
import { byteString } from "../../src/base/byte-string.ts";
import { op, type Register } from "../../src/kernel/plan/plan.ts";
import { RecordBuffer, type RecordContent } from "../../src/kernel/tree/encode.ts";
import { readTree } from "../../src/kernel/tree/reader.ts";
import { ending, K } from "../launcher/setup.ts";
import { requires } from "../support/requires.ts";
import { runPlan } from "../support/run-plan.ts";
import { entry, file, workspace } from "./setup.ts";

const { test } = requires("root");
const work = workspace();
const [root, input, answers] = [0, 1, 2] as const as unknown as readonly [Register, Register, Register];

/** Runs writeTree on these bytes; how it ended. */
async function writeStream(path: string, bytes: Uint8Array): Promise<string> {
  const stream = work.path(`${path}.stream`);
  await Bun.write(stream, bytes);
  const directory = work.fresh(path);
  const answersFd = openSync(work.path(`${path}.answers`), "a");
  try {
    return ending(
      await runPlan(
        [
          [
            op("open", { dir: undefined, path: directory, flags: K.O_PATH, mode: 0, out: root }, "t"),
            op("open", { dir: undefined, path: stream, flags: K.O_RDONLY, mode: 0, out: input }, "t"),
            op("adopt", { fd: 5, out: answers }, "t"),
            op("writeTree", { root, from: input, answers, flags: 0, exchange: undefined }, "t"),
          ],
        ],
        { inherit: [answersFd] },
      ),
    );
  } finally {
    closeSync(answersFd);
  }
}

function stream(...records: readonly (RecordContent | Uint8Array)[]): Uint8Array {
  const buffer = new RecordBuffer(1 << 20);
  for (const record of records) {
    if (record instanceof Uint8Array) buffer.putData(record);
    else buffer.putRecord(record);
  }
  return Uint8Array.from(buffer.filled);
}
const path = byteString("f");
const end: RecordContent = { kind: "end", path: byteString("") };
const sized = (size: number): RecordContent => ({ kind: "file", path, mode: 0o644, size });
const bytes = (count: number) => new Uint8Array(count).fill(65);

// biome-ignore format: table
const STREAMS: readonly { readonly name: string; readonly bytes: Uint8Array; readonly want: string }[] = [
  { name: "a whole stream", bytes: stream(sized(4), bytes(1), bytes(3), end), want: "exit 0" },
  { name: "no bytes at all", bytes: new Uint8Array(), want: "EPROTO at 3" },
  { name: "no end", bytes: stream(sized(0)), want: "EPROTO at 3" },
  { name: "a header that breaks off", bytes: stream(sized(0)).subarray(0, 30), want: "EPROTO at 3" },
  { name: "content that breaks off", bytes: stream(sized(8), bytes(8)).subarray(0, -3), want: "EPROTO at 3" },
  { name: "another record in place of content", bytes: stream(sized(8), sized(0), end), want: "EPROTO at 3" },
  { name: "more content than the file has", bytes: stream(sized(2), bytes(3), end), want: "EPROTO at 3" },
  { name: "content of no file", bytes: stream(bytes(3), end), want: "EPROTO at 3" },
  { name: "a length of nothing", bytes: new Uint8Array(100), want: "EPROTO at 3" },
  { name: "a length beyond all", bytes: new Uint8Array(100).fill(255), want: "EPROTO at 3" },
  { name: "a path that goes up", bytes: stream({ ...sized(0), path: byteString("../f") }, end), want: "EPROTO at 3" },
  { name: "an absolute path", bytes: stream({ ...sized(0), path: byteString("/f") }, end), want: "EPROTO at 3" },
];

describe("writeTree ends", () => {
  for (const [index, { name, bytes: content, want }] of STREAMS.entries()) {
    test(`${want === "exit 0" ? "well on" : "with EPROTO on"} ${name}`, async () => {
      expect(await writeStream(`stream-${index}`, content)).toBe(want);
    });
  }

  test("with an error or well on streams of which bytes are changed at random, and stays below the root", async () => {
    const sound = stream(
      { kind: "directory", path: byteString("d"), mode: 0o755 },
      { kind: "symlink", path: byteString("d/l"), target: byteString("../..") },
      sized(5),
      bytes(5),
      { kind: "hardlink", path: byteString("h"), target: path },
      { kind: "settle", path: byteString("d"), mtime: { seconds: 1, nanoseconds: 1 } },
      end,
    );
    let seed = 12345;
    const draw = (below: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return (seed >>> 8) % below;
    };
    for (let round = 0; round < 60; round++) {
      const changed = Uint8Array.from(sound);
      for (let changes = 1 + draw(3); changes > 0; changes--) changed[draw(changed.length)] = draw(256);
      expect(await writeStream(`random-${round}`, changed)).toMatch(/^(exit 0|E[A-Z]+ at 3)$/);
    }
    expect(readdirSync(work.session.dir).filter((name) => !/^(random|stream)-/.test(name))).toEqual([]);
  }, 30_000);
});

describe("a reader that stops early", () => {
  test("ends the launcher", async () => {
    const tree = work.fresh("tree");
    await work.write(tree, [file("a", Buffer.alloc(8 << 20)), file("b", Buffer.alloc(8 << 20)), entry("file", "c")]);
    let seen = 0;
    for await (const _item of readTree({ ...work.session, root: tree })) if (++seen === 3) break;
    expect(seen).toBe(3);
  });
});
