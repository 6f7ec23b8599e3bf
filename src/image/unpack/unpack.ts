// Unpacks the layers of an image, each as its bytes come from a download (`tap`), or from the store (`finish`). A layer that is there
// already, or that another command makes at this moment, is taken as it is.
import type { Digest } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import type { Descriptor } from "../../spec/image/descriptor.ts";
import type { Tap } from "../store/ingest.ts";
import type { Layer, Layers } from "../store/layers.ts";
import type { Lease } from "../store/leases.ts";
import { type BelowOptions, LayersBelow } from "./below.ts";
import { type FillOptions, LayerFill, type LayerWarning, type OpenWriter } from "./fill.ts";
import { type Fill, LayerTap } from "./layer-tap.ts";

/** Layers that are read from the store at the same time; each keeps a thread busy with unpacking. */
const AT_ONCE = 2;

export interface UnpackContext {
  readonly layers: Layers;
  readonly lease: Lease;
  readonly openWriter: OpenWriter;
  readonly openBlob: (digest: Digest) => Promise<AsyncIterable<Uint8Array>>;
  /** How a finished layer is looked into. */
  readonly look: BelowOptions;
  readonly signal?: AbortSignal | undefined;
  readonly warn: (warning: LayerWarning) => void;
  /** Told the packed bytes of a layer that are unpacked so far, and its end. */
  readonly onProgress: (layer: Descriptor, bytes: number | "done") => void;
}

/** One layer of the image, from the bottom. */
export interface LayerPlan {
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
  readonly chainId: Digest;
}

/** A layer on its way. */
class Slot {
  readonly plan: LayerPlan;
  readonly #ready = Promise.withResolvers<Layer>();
  /** Somebody sees to it. */
  taken = false;

  constructor(plan: LayerPlan) {
    this.plan = plan;
    this.ready.catch(() => undefined); // whoever awaits it hears of it
  }

  /** Settles when the layer is there, or will not be. */
  get ready(): Promise<Layer> {
    return this.#ready.promise;
  }

  follow(made: Promise<Layer>): Promise<Layer> {
    this.taken = true;
    made.then(this.#ready.resolve, this.#ready.reject);
    return made;
  }

  giveUp(): void {
    this.#ready.reject(new TeuError("unavailable", `unpack layer ${this.plan.descriptor.digest}: ended before its turn`));
  }
}

/** Disposed of it leaves nothing running. */
export class ImageUnpacker implements AsyncDisposable {
  readonly #context: UnpackContext;
  readonly #slots: readonly Slot[];
  readonly #running: Promise<unknown>[] = [];

  constructor(context: UnpackContext, layers: readonly LayerPlan[]) {
    this.#context = context;
    this.#slots = layers.map((layer) => new Slot(layer));
  }

  /** What shall see a layer's bytes as they come; undefined for a blob that is none, or whose layer is there or on its way. */
  tap(descriptor: Descriptor): Tap | undefined {
    const slot = this.#slots.find(({ plan, taken }) => plan.descriptor.digest === descriptor.digest && !taken);
    if (slot === undefined || this.#takeIfThere(slot)) return undefined;
    slot.taken = true;
    return new LayerTap((fill) => this.#makeUnlessBusy(slot, fill));
  }

  /** Unpacks what no tap saw, and waits for all. The layers' trees, from the bottom. @throws what went wrong with the first that failed */
  async finish(): Promise<readonly Layer[]> {
    const waiting = this.#slots.filter((slot) => !slot.taken && !this.#takeIfThere(slot)).values();
    const work = async () => {
      for (const slot of waiting) await this.#fromStore(slot);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return Promise.all(this.#slots.map(({ ready }) => ready));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const slot of this.#slots) slot.giveUp(); // those that are made do not mind
    await Promise.allSettled(this.#running);
  }

  #takeIfThere(slot: Slot): boolean {
    const there = this.#context.layers.get(slot.plan.chainId, this.#context.lease);
    if (there !== undefined) void slot.follow(Promise.resolve(there));
    return there !== undefined;
  }

  /** Where another command makes the layer, it is left to `finish`, which takes the layers from the bottom: so nobody waits in a circle. */
  #makeUnlessBusy(slot: Slot, fill: Fill): Promise<Layer> | undefined {
    const { chainId, options, fillLayer } = this.#howToMake(slot, fill);
    const made = this.#context.layers.makeUnlessBusy(chainId, options, fillLayer);
    if (made !== undefined) return this.#follow(slot, made);
    slot.taken = false;
    return undefined;
  }

  #make(slot: Slot, fill: Fill): Promise<Layer> {
    const { chainId, options, fillLayer } = this.#howToMake(slot, fill);
    return this.#follow(slot, this.#context.layers.make(chainId, options, fillLayer));
  }

  #howToMake(slot: Slot, fill: Fill) {
    const { lease, signal } = this.#context;
    const { diffId, chainId } = slot.plan;
    const parent = this.#slots[this.#slots.indexOf(slot) - 1]?.plan.chainId;
    const options = { parent, diffId, lease, ...(signal === undefined ? {} : { signal }) };
    const fillLayer = (directory: string) => fill(() => LayerFill.open(directory, this.#fillOptions(slot)));
    return { chainId, options, fillLayer };
  }

  #follow(slot: Slot, made: Promise<Layer>): Promise<Layer> {
    const { onProgress } = this.#context;
    const { descriptor } = slot.plan;
    this.#running.push(made);
    return slot.follow(
      made.then((layer) => {
        onProgress(descriptor, "done");
        return layer;
      }),
    );
  }

  #fromStore(slot: Slot): Promise<Layer> {
    const { openBlob, signal, onProgress } = this.#context;
    const { descriptor } = slot.plan;
    return this.#make(slot, async (open) => {
      const fill = await open();
      try {
        let bytes = 0;
        for await (const chunk of await openBlob(descriptor.digest)) {
          signal?.throwIfAborted();
          await fill.write(chunk);
          bytes += chunk.length;
          onProgress(descriptor, bytes);
        }
        return await fill.end();
      } catch (error) {
        await fill.abort();
        throw error;
      }
    });
  }

  #fillOptions(slot: Slot): FillOptions {
    const { openWriter: open, look, warn } = this.#context;
    const lower = this.#slots.slice(0, this.#slots.indexOf(slot)).toReversed();
    const below = async () => {
      const layers = await Promise.all(lower.map(({ ready }) => ready));
      return new LayersBelow(
        layers.map(({ path }) => path),
        look,
      );
    };
    return { open, digest: slot.plan.descriptor.digest, diffId: slot.plan.diffId, below, warn };
  }
}
