import { describe, expect, test } from "bun:test";
import { fixedTime, millisecondsOf, readEntries } from "./entry.ts";

const texts = (text: string, encoding: "utf8" | "latin1" = "utf8") =>
  readEntries(Buffer.from(text, encoding)).entries.map(({ text }) => text);
const json = (log: string, more = {}) => `${JSON.stringify({ log, stream: "stdout", time: "2026-11-21T17:00:00.5Z", ...more })}\n`;

describe("entries of", () => {
  // biome-ignore format: table
  const rows = [
    { name: "json-file", text: json("a\n") + json("ä\u2028\n"), want: ["a\n", "ä\u2028\n"] },
    { name: "json-file, unfinished", text: json("a"), want: ["a"] },
    { name: "json-file behind a torn line", text: `{"log":"to\n${json("b\n")}`, want: ["b\n"] },
    { name: "json-file behind zeros", text: `\0\0\0\n${json("b\n")}`, want: ["b\n"] },
    { name: "json-file with lines that are no entries", text: `1\n[]\n{"log":1}\n${json("b\n")}${json("c\n", { stream: "stdin" })}`, want: ["b\n"] },
    { name: "local", text: "o1700000000123456789 a\nE1700000000123456789 b\n", want: ["a\n", "b"] },
    { name: "local, empty and with spaces", text: "o1700000000123456789 \no1700000000123456789  x \n", want: ["\n", " x \n"] },
    { name: "local behind a torn line", text: "o17\no1700000000123456789 a\n", want: ["a\n"] },
  ];
  for (const { name, text, want } of rows) test(name, () => expect(texts(text)).toEqual(want));

  test("local keep bytes that are no text", () => {
    const batch = readEntries(Buffer.from("e1700000000123456789 \u00ff\u0001\n", "latin1"));
    expect(batch.encoding).toBe("latin1");
    expect(batch.entries).toEqual([{ time: "1700000000123456789", stream: "stderr", text: "\u00ff\u0001\n", attributes: undefined }]);
  });

  test("json-file may have attributes", () => {
    const [entry] = readEntries(Buffer.from(json("a\n", { attrs: { tag: "x", n: 1 } }))).entries;
    expect(entry?.attributes).toEqual({ tag: "x", n: "1" });
  });
});

describe("the time", () => {
  // biome-ignore format: table
  const rows = [
    { time: "2026-11-21T17:00:00Z",           fixed: "2026-11-21T17:00:00.000000000Z", ms: 1795280400000 },
    { time: "2026-11-21T17:00:00.5Z",         fixed: "2026-11-21T17:00:00.500000000Z", ms: 1795280400500 },
    { time: "2026-11-21T17:00:00.123456789Z", fixed: "2026-11-21T17:00:00.123456789Z", ms: 1795280400123 },
    { time: "1795280400123456789",            fixed: "2026-11-21T17:00:00.123456789Z", ms: 1795280400123 },
  ];
  for (const { time, fixed, ms } of rows)
    test(time, () => {
      expect(fixedTime(time)).toBe(fixed);
      expect(millisecondsOf(time)).toBe(ms);
    });
});
