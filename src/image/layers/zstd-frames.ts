// Walks over the frames of zstd data without unpacking them (RFC 8878 section 3.1). The stream that unpacks says nothing when the data stop
// in the middle of a frame; whether they do is known here, at the cost of three bytes read in each block.
import { refuse } from "./refuse.ts";

const MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;
/** Sizes by the flags of the frame header's first byte (section 3.1.1.1.1). */
const DICTIONARY_ID = [0, 1, 2, 4];
const CONTENT_SIZE = [0, 2, 4, 8];
const CHECKSUM = 4;

/** What the next bytes are. */
type Part = "magic" | "skippable size" | "descriptor" | "block";
const LENGTH: Readonly<Record<Part, number>> = { magic: 4, "skippable size": 4, descriptor: 1, block: 3 };

export class ZstdFrames {
  #part: Part = "magic";
  /** The little-endian number that is being collected. */
  #value = 0;
  #collected = 0;
  /** Bytes to pass over before it. */
  #skip = 0;
  #checksum = 0;

  /** Whether the bytes so far are whole frames. */
  get isWhole(): boolean {
    return this.#part === "magic" && this.#collected === 0 && this.#skip === 0;
  }

  /** @throws InvalidInputError when a frame begins with something else than a frame. */
  feed(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#skip > 0) {
        const passed = Math.min(this.#skip, chunk.length - at);
        this.#skip -= passed;
        at += passed;
        continue;
      }
      this.#value += (chunk[at++] ?? 0) * 256 ** this.#collected++;
      if (this.#collected < LENGTH[this.#part]) continue;
      const value = this.#value;
      this.#value = 0;
      this.#collected = 0;
      this.#part = this.#after(this.#part, value);
    }
  }

  /** Makes sense of a number; sets what to pass over and says what comes then. */
  #after(part: Part, value: number): Part {
    switch (part) {
      case "magic":
        if (value === MAGIC) return "descriptor";
        return value - (value % 16) === SKIPPABLE ? "skippable size" : refuse("zstd data", "something else follows the data");
      case "skippable size":
        this.#skip = value;
        return "magic";
      case "descriptor": {
        const single = (value & 0x20) !== 0;
        const contentSize = single && value >> 6 === 0 ? 1 : (CONTENT_SIZE[value >> 6] ?? 0);
        this.#skip = (single ? 0 : 1) + (DICTIONARY_ID[value & 3] ?? 0) + contentSize;
        this.#checksum = (value & 4) === 0 ? 0 : CHECKSUM;
        return "block";
      }
      case "block": {
        const isLast = (value & 1) !== 0;
        const isRepeatedByte = ((value >> 1) & 3) === 1;
        this.#skip = (isRepeatedByte ? 1 : value >> 3) + (isLast ? this.#checksum : 0);
        return isLast ? "magic" : "block";
      }
    }
  }
}
