// A download that outlives its connections: goes on where one broke off, asks the same place again while that helps, then the next.
import { TeuError } from "../../base/errors.ts";
import type { Clock } from "./clock.ts";
import { NetworkError } from "./network-errors.ts";
import { backoff } from "./retry.ts";

export interface ResumeOptions {
  /** For messages. */
  readonly what: string;
  /** Bytes of the whole; no more are given. */
  readonly size: number;
  readonly offset: number;
  /** The places, in order, each as the way to open it at an offset. */
  readonly places: readonly ((offset: number) => Promise<AsyncIterable<Uint8Array>>)[];
  /** How often in a row one place may fail without giving a byte. */
  readonly attempts: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

class Download {
  readonly #options: ResumeOptions;
  #position: number;
  #place = 0;
  #failures = 0;

  constructor(options: ResumeOptions) {
    this.#options = options;
    this.#position = options.offset;
  }

  /** Opens the current place, or one after it. @throws the last place's error. */
  async open(): Promise<AsyncIterable<Uint8Array>> {
    const { places, what, size, signal } = this.#options;
    // There is no range that begins at the end.
    if (this.#position === size && size > 0) return (async function* () {})();
    for (;;) {
      signal?.throwIfAborted();
      const place = places[this.#place];
      if (place === undefined) throw new TeuError("unavailable", `${what}: there is nowhere to get it from`);
      try {
        return await place(this.#position);
      } catch (error) {
        // A place that cannot be reached after it gave bytes is one that is starting again.
        const started = error instanceof NetworkError && this.#failures > 0;
        await this.#failed(error, started);
      }
    }
  }

  /** Waits before the same place is asked again, or turns to the next. @throws the error when nothing is left. */
  async #failed(error: unknown, again: boolean): Promise<void> {
    const { attempts, clock, places, signal } = this.#options;
    signal?.throwIfAborted();
    this.#failures += 1;
    if (again && this.#failures < attempts) return clock.sleep(backoff(this.#failures, clock), signal);
    if (!(error instanceof TeuError) || this.#place === places.length - 1) throw error;
    this.#place += 1;
    this.#failures = 0;
  }

  async *stream(first: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
    const { size, what, signal } = this.#options;
    for (let source = first; ; source = await this.open()) {
      try {
        for await (const chunk of source) {
          if (chunk.length > size - this.#position) throw new TeuError("invalid", `${what}: there are more than its ${size} bytes`);
          this.#position += chunk.length;
          if (chunk.length > 0) this.#failures = 0;
          yield chunk;
        }
        if (this.#position === size) return;
        throw new NetworkError(what, "ConnectionClosed");
      } catch (error) {
        if (!(error instanceof NetworkError) || signal?.aborted === true) throw error;
        await this.#failed(error, true);
      }
    }
  }
}

/**
 * The bytes from `offset` to `size`; the first place is asked at once, so that what is nowhere is told before the first byte is read.
 * @throws TeuError of the last place; the stream too, and `invalid` when there are more bytes than `size`.
 */
export async function openResuming(options: ResumeOptions): Promise<AsyncIterable<Uint8Array>> {
  const download = new Download(options);
  return download.stream(await download.open());
}
