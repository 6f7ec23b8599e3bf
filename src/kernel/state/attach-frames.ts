// Frames of the attach protocol (docs/plan.md): docker's multiplexed stream, {u8 stream, 3 zero bytes, u32 big-endian length}, payload.

/** Stream numbers by what they carry. */
export const STREAM = { input: 0, output: 1, error: 2, resize: 3, inputEnd: 4, status: 5, signal: 6, release: 7 } as const;

const HEADER = 8;

export function encodeFrame(stream: number, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(HEADER + payload.length);
  frame[0] = stream;
  new DataView(frame.buffer).setUint32(4, payload.length);
  frame.set(payload, HEADER);
  return frame;
}

/** Puts frames together from pieces of a stream. */
export class FrameReader {
  #held = new Uint8Array();
  readonly #take: (stream: number, payload: Uint8Array) => void;

  constructor(take: (stream: number, payload: Uint8Array) => void) {
    this.#take = take;
  }

  feed(data: Uint8Array): void {
    let rest = data;
    if (this.#held.length > 0) {
      rest = new Uint8Array(this.#held.length + data.length);
      rest.set(this.#held);
      rest.set(data, this.#held.length);
    }
    while (rest.length >= HEADER) {
      const length = new DataView(rest.buffer, rest.byteOffset).getUint32(4);
      if (rest.length < HEADER + length) break;
      this.#take(rest[0] ?? 0, rest.subarray(HEADER, HEADER + length));
      rest = rest.subarray(HEADER + length);
    }
    this.#held = rest.slice();
  }
}
