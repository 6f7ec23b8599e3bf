import { describe, expect, test } from "bun:test";
import { encodeFrame, FrameReader, STREAM } from "./attach-frames.ts";

/** The frames that a reader makes of pieces. */
function read(...pieces: readonly Uint8Array[]): { readonly stream: number; readonly payload: number[] }[] {
  const taken: { stream: number; payload: number[] }[] = [];
  const reader = new FrameReader((stream, payload) => taken.push({ stream, payload: [...payload] }));
  for (const piece of pieces) reader.feed(piece);
  return taken;
}

const join = (...parts: readonly Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

test("a frame is docker's: stream, three zeros, length big-endian, payload", () => {
  expect([...encodeFrame(STREAM.resize, Uint8Array.of(9, 8))]).toEqual([3, 0, 0, 0, 0, 0, 0, 2, 9, 8]);
  expect([...encodeFrame(STREAM.input, new Uint8Array(0x10203)).subarray(0, 8)]).toEqual([0, 0, 0, 0, 0, 1, 2, 3]);
});

describe("a reader", () => {
  const two = join(encodeFrame(STREAM.output, Uint8Array.of(1, 2, 3)), encodeFrame(STREAM.status, new Uint8Array()));
  const want = [
    { stream: STREAM.output, payload: [1, 2, 3] },
    { stream: STREAM.status, payload: [] },
  ];

  test("takes several frames of one piece", () => expect(read(two)).toEqual(want));

  for (let cut = 0; cut <= two.length; cut += 1) {
    test(`puts frames together that are cut after ${cut} bytes`, () => expect(read(two.subarray(0, cut), two.subarray(cut))).toEqual(want));
  }

  test("puts frames together from single bytes", () => expect(read(...Array.from(two, (byte) => Uint8Array.of(byte)))).toEqual(want));

  test("waits for the end of a frame", () => expect(read(two.subarray(0, 10))).toEqual([]));

  test("reads from the middle of a buffer, as sockets give it", () =>
    expect(read(join(Uint8Array.of(7, 7, 7), two).subarray(3))).toEqual(want));

  test("keeps what it holds when the piece's memory is used again", () => {
    const piece = two.slice(0, 10);
    const taken: number[][] = [];
    const reader = new FrameReader((_, payload) => taken.push([...payload]));
    reader.feed(piece);
    piece.fill(0xff);
    reader.feed(two.subarray(10));
    expect(taken).toEqual([[1, 2, 3], []]);
  });
});
