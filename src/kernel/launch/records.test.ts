import { describe, expect, test } from "bun:test";
import { REPORT } from "../plan/report.ts";
import { decodeRecords, kernelText } from "./records.ts";

function record(kind: number, op: number, value: bigint): Uint8Array {
  const view = new DataView(new ArrayBuffer(16));
  view.setUint32(0, kind, true);
  view.setUint32(4, op, true);
  view.setBigInt64(8, value, true);
  return new Uint8Array(view.buffer);
}

const bytes = (...records: readonly Uint8Array[]) => Uint8Array.from(records.flatMap((one) => [...one]));
const text = (words: string) => {
  const padded = new TextEncoder().encode(words.padEnd(Math.ceil(words.length / 8) * 8, "\0"));
  const view = new DataView(padded.buffer);
  return Array.from({ length: padded.length / 8 }, (_, index) => record(REPORT.text, 3, view.getBigInt64(index * 8, true)));
};

describe("a report", () => {
  test("is its records in order, with values that are negative or large", () => {
    const whole = bytes(record(REPORT.pid, 7, 4_000_000_000n), record(REPORT.failed, 8, 13n), record(REPORT.exited, 9, -1n));
    expect(decodeRecords(whole)).toEqual([
      { kind: "pid", op: 7, value: 4_000_000_000n },
      { kind: "failed", op: 8, value: 13n },
      { kind: "exited", op: 9, value: -1n },
    ]);
  });

  for (const [kind, number] of Object.entries(REPORT)) {
    test(`knows the kind ${kind}`, () => expect(decodeRecords(record(number, 0, 0n)).map((one) => String(one.kind))).toEqual([kind]));
  }

  test("of a launcher that was killed while it wrote has no torn record", () => {
    const whole = bytes(record(REPORT.pid, 1, 5n), record(REPORT.done, 2, 5n));
    for (let length = 16; length < 32; length += 1) expect(decodeRecords(whole.subarray(0, length))).toHaveLength(1);
    expect(decodeRecords(whole.subarray(0, 15))).toEqual([]);
  });

  test("of a later launcher is read as far as it is known", () => {
    expect(decodeRecords(bytes(record(99, 1, 1n), record(REPORT.done, 2, 5n))).map(({ kind }) => kind)).toEqual(["done"]);
  });

  test("is read from the middle of a buffer, too", () => {
    const shifted = bytes(new Uint8Array(3), record(REPORT.done, 2, 5n)).subarray(3);
    expect(decodeRecords(shifted)).toEqual([{ kind: "done", op: 2, value: 5n }]);
  });
});

describe("the kernel's words", () => {
  // biome-ignore format: table
  const rows = [
    { name: "that are less than a record", words: "no", },
    { name: "that fill records", words: "exactly sixteen.", },
    { name: "over several records", words: "Device does not support this at all", },
  ];
  for (const { name, words } of rows)
    test(`${name} are put together`, () => expect(kernelText(decodeRecords(bytes(...text(words))))).toBe(words));

  test("are absent where there are none", () => expect(kernelText(decodeRecords(record(REPORT.failed, 1, 1n)))).toBeUndefined());
});
