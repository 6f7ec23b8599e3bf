// Messages on a TCP connection: each after its length in two bytes (RFC 1035 section 4.2.2), in whatever pieces they come.

/** A message as it is sent. */
export function framed(message: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(2 + message.length);
  new DataView(bytes.buffer).setUint16(0, message.length);
  bytes.set(message, 2);
  return bytes;
}

/** Takes pieces in and gives whole messages out. */
export class MessageStream {
  #bytes: Uint8Array = new Uint8Array();

  /** How much has come that was not taken yet. */
  get length(): number {
    return this.#bytes.length;
  }

  add(piece: Uint8Array): void {
    const all = new Uint8Array(this.#bytes.length + piece.length);
    all.set(this.#bytes);
    all.set(piece, this.#bytes.length);
    this.#bytes = all;
  }

  /** The next whole message; undefined until it is there. */
  next(): Uint8Array | undefined {
    const { length } = this.#bytes;
    const needed = length < 2 ? 2 : 2 + new DataView(this.#bytes.buffer, this.#bytes.byteOffset).getUint16(0);
    if (length < 2 || length < needed) return undefined;
    const message = this.#bytes.slice(2, needed);
    this.#bytes = this.#bytes.subarray(needed);
    return message;
  }
}
