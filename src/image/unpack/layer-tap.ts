// A layer that is unpacked while it downloads: the download's bytes go to the layer's fill once the store gave it a directory, or
// nowhere when another command makes the layer. For that command a download never waits: it may itself be waiting for a layer below, which we
// make, and which comes after this download.
import type { Tap } from "../store/ingest.ts";
import type { LayerFill } from "./fill.ts";

/** Fills the layer, once it may be opened. */
export type Fill = (open: () => Promise<LayerFill>) => Promise<{ readonly size: number }>;
/** Makes the layer by a fill, which is called unless the layer is there; undefined when somebody else makes it. */
export type Make<T> = (fill: Fill) => Promise<T> | undefined;

export class LayerTap<T> implements Tap {
  readonly #make: Make<T>;
  readonly #opened = Promise.withResolvers<LayerFill | undefined>();
  readonly #ended = Promise.withResolvers<void>();
  #began = false;
  #fill: LayerFill | undefined;

  constructor(make: Make<T>) {
    this.#make = make;
    this.#ended.promise.catch(() => undefined); // nobody waits for it before the fill is open
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#fill !== undefined) return this.#fill.write(chunk);
    if (!this.#began) this.#begin();
    return this.#opened.promise.then((fill) => fill?.write(chunk));
  }

  /** Does not wait for the layer: it may itself wait for those below, which come later. */
  async end(): Promise<void> {
    if (!this.#began) this.#begin();
    this.#ended.resolve();
  }

  abort(error: unknown): void {
    this.#ended.reject(error);
  }

  #begin(): void {
    this.#began = true;
    const made = this.#make(async (open) => {
      const fill = await open();
      this.#fill = fill;
      this.#opened.resolve(fill);
      try {
        await this.#ended.promise;
        return await fill.end();
      } catch (error) {
        await fill.abort();
        throw error;
      }
    });
    if (made === undefined) this.#opened.resolve(undefined);
    else made.then(() => this.#opened.resolve(undefined), this.#opened.reject);
    this.#opened.promise.catch(() => undefined); // an error that comes after the last byte is told by the layer
  }
}
