import { afterAll, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { packRotated } from "./pack.ts";
import { type ReadOptions, readLog } from "./read.ts";

const dir = mkdtempSync("/tmp/teu-logs-");
afterAll(() => rmSync(dir, { recursive: true }));
let count = 0;
const newPath = () => join(dir, `${count++}.log`);

/** Entry n is written at second n. */
const line = (number: number, stream = "stdout") =>
  `${JSON.stringify({ log: `${number}\n`, stream, time: new Date(number * 1000).toISOString() })}\n`;
const lines = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => line(first + index)).join("");

async function read(path: string, options: ReadOptions = {}): Promise<number[]> {
  const found: number[] = [];
  for await (const { text } of readLog(path, options)) found.push(Number(Buffer.from(text).toString()));
  return found;
}

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** 1 to 100 in the packed file, to 200 and 300 in the rotated ones, to 400 in the one that is written to. */
function rotatedLog(): string {
  const path = newPath();
  writeFileSync(`${path}.3.gz`, gzipSync(lines(1, 100)));
  writeFileSync(`${path}.2`, lines(101, 200));
  writeFileSync(`${path}.1`, lines(201, 300));
  writeFileSync(path, lines(301, 400));
  return path;
}

describe("a log in several files, packed ones among them", () => {
  // biome-ignore format: table
  const rows: readonly { readonly name: string; readonly options: ReadOptions; readonly want: readonly number[] }[] = [
    { name: "is read in order", options: {}, want: range(1, 400) },
    { name: "its last lines", options: { tail: 3 }, want: range(398, 400) },
    { name: "no lines at all", options: { tail: 0 }, want: [] },
    { name: "as many as one file has", options: { tail: 100 }, want: range(301, 400) },
    { name: "one more", options: { tail: 101 }, want: range(300, 400) },
    { name: "lines of a packed file", options: { tail: 330 }, want: range(71, 400) },
    { name: "more lines than there are", options: { tail: 1000 }, want: range(1, 400) },
    { name: "since a moment", options: { since: 395_000 }, want: range(395, 400) },
    { name: "until a moment", options: { until: 3500 }, want: range(1, 3) },
    { name: "between two", options: { since: 99_000, until: 102_000 }, want: range(99, 102) },
    { name: "the last lines, and of them those since a moment", options: { tail: 3, since: 399_000 }, want: [399, 400] },
    { name: "one stream", options: { stdout: false }, want: [] },
  ];
  const path = rotatedLog();
  for (const { name, options, want } of rows) test(name, async () => expect(await read(path, options)).toEqual([...want]));

  test("is not read twice where packing was interrupted", async () => {
    const torn = rotatedLog();
    writeFileSync(`${torn}.2.gz`, gzipSync(lines(101, 200)));
    expect(await read(torn)).toEqual(range(1, 400));
  });
});

describe("a log", () => {
  test("that is not there is empty", async () => expect(await read(newPath())).toEqual([]));

  test("with a torn end is read up to it", async () => {
    const path = newPath();
    writeFileSync(path, `${lines(1, 2)}{"log":"3`);
    expect(await read(path)).toEqual([1, 2]);
  });

  test("with a line longer than any buffer is read", async () => {
    const path = newPath();
    writeFileSync(path, `${JSON.stringify({ log: "x".repeat(1_000_000), stream: "stderr", time: "2026-11-21T17:00:00Z" })}\n`);
    const found = await Array.fromAsync(readLog(path));
    expect(found.map(({ text, stream, time }) => [text.length, stream, time])).toEqual([
      [1_000_000, "stderr", "2026-11-21T17:00:00.000000000Z"],
    ]);
  });
});

/** Reads on until so many entries have come. */
async function followed(path: string, options: ReadOptions, steps: readonly (() => void)[]): Promise<number[]> {
  const found: number[] = [];
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const todo = [...steps];
  for await (const { text } of readLog(path, { ...options, follow: true, ended })) {
    found.push(Number(Buffer.from(text).toString()));
    if (found.at(-1) === 0) continue;
    // What is at its last line goes on: each step writes more.
    if ((found.at(-1) ?? 0) % 10 === 0) (todo.shift() ?? end)();
  }
  return found;
}

const rotate = (path: string) => {
  if (existsSync(`${path}.1`)) renameSync(`${path}.1`, `${path}.2`);
  renameSync(path, `${path}.1`);
};

describe("following", () => {
  test("goes on with what is written, across rotations", async () => {
    const path = newPath();
    writeFileSync(path, lines(1, 10));
    const steps = [
      () => appendFileSync(path, lines(11, 20)),
      () => {
        appendFileSync(path, lines(21, 25));
        rotate(path);
        writeFileSync(path, lines(26, 30));
      },
      () => {
        for (const first of [31, 33, 35, 37]) {
          rotate(path);
          writeFileSync(path, lines(first, first + 1));
        }
        rotate(path);
        writeFileSync(path, lines(39, 40));
      },
    ];
    const found = await followed(path, {}, steps);
    // Of three rotations between two looks, what is gone from the disk is gone.
    expect(found.slice(0, 30)).toEqual(range(1, 30));
    expect(found.slice(-6)).toEqual(range(35, 40));
  });

  test("begins with a log that is not there yet", async () => {
    const path = newPath();
    setTimeout(() => writeFileSync(path, lines(1, 10)), 20);
    expect(await followed(path, {}, [])).toEqual(range(1, 10));
  });

  test("takes a line that comes in pieces as one", async () => {
    const path = newPath();
    const [whole, more] = [line(20), lines(21, 30)];
    writeFileSync(path, lines(1, 10) + whole.slice(0, 9));
    expect(await followed(path, {}, [() => appendFileSync(path, whole.slice(9)), () => appendFileSync(path, more)])).toEqual([
      ...range(1, 10),
      ...range(20, 30),
    ]);
  });

  test("goes on with a file that is emptied", async () => {
    const path = newPath();
    writeFileSync(path, lines(1, 10));
    const again = () => {
      truncateSync(path, 0);
      appendFileSync(path, lines(19, 20));
    };
    expect(await followed(path, {}, [again])).toEqual([...range(1, 10), 19, 20]);
  });

  test("may begin with the last lines", async () => {
    const path = newPath();
    writeFileSync(path, lines(1, 10));
    expect(await followed(path, { tail: 1 }, [() => appendFileSync(path, lines(11, 20))])).toEqual(range(10, 20));
  });

  test("ends when it is told to", async () => {
    const path = newPath();
    writeFileSync(path, lines(1, 2));
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 20);
    expect(await read(path, { follow: true, signal: controller.signal })).toEqual([1, 2]);
  });
});

describe("packing", () => {
  test("leaves the youngest, and what is read is the same", async () => {
    const path = rotatedLog();
    const before = await read(path);
    await packRotated(path);
    const files = readdirSync(dir).filter((name) => join(dir, name).startsWith(`${path}`));
    expect(files.map((name) => join(dir, name).slice(path.length)).sort()).toEqual(["", ".1", ".2.gz", ".3.gz"]);
    expect(await read(path)).toEqual(before);
  });

  test("ends what was interrupted", async () => {
    const path = rotatedLog();
    writeFileSync(`${path}.2.gz`, gzipSync(lines(101, 200)));
    writeFileSync(`${path}.pack`, "half");
    await packRotated(path);
    expect([existsSync(`${path}.2`), existsSync(`${path}.pack`)]).toEqual([false, false]);
    expect(readFileSync(`${path}.2.gz`).length).toBeGreaterThan(0);
    expect(await read(path)).toEqual(range(1, 400));
  });
});
