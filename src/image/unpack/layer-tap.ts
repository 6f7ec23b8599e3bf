// A layer that is unpacked while it downloads: the download's bytes go to the layer's fill once the store gave it a directory, or
// nowhere when another command makes the layer.
import type { Tap } from "../store/ingest.ts";
import type { LayerFill } from "./fill.ts";

/** Makes the layer by the function that it is given, which is called unless the layer is there or made by somebody else. */
export type Make<T> = (fill: (open: () => Promise<LayerFill>) => Promise<{ readonly size: number }>) => Promise<T>;

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
    made.then(() => this.#opened.resolve(undefined), this.#opened.reject);
    this.#opened.promise.catch(() => undefined); // an error that comes after the last byte is told by the layer
  }
}
