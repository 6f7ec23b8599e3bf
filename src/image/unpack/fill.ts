// Fills the directory of one layer from its packed bytes, which are fed as they come.
import type { ByteString } from "../../base/byte-string.ts";
import type { Digest } from "../../base/digest.ts";
import { InvalidInputError } from "../../base/errors.ts";
import type { TreeEntry, TreeSink } from "../../spec/tree-entry.ts";
import { type AppliedLayer, LayerApplier } from "../layers/apply.ts";
import { splitName } from "../layers/clean-name.ts";
import type { LayersBelow } from "./below.ts";

/** What the kernel layer opens on a directory (kernel/tree). */
export interface LayerWriter extends TreeSink, AsyncDisposable {
  finish(): Promise<{ readonly warnings: readonly LayerWarning[]; readonly implied: readonly ByteString[] }>;
}

export interface LayerWarning {
  readonly path: ByteString;
  readonly message: string;
}

export type OpenWriter = (directory: string) => Promise<LayerWriter>;

export interface FillOptions {
  readonly open: OpenWriter;
  /** Of its packed bytes, by which errors name it. */
  readonly digest: Digest;
  readonly diffId: Digest;
  /** Settles when the layers below are made. */
  readonly below: () => Promise<LayersBelow>;
  readonly warn: (warning: LayerWarning) => void;
}

/** Sees whether the layer says what its root directory is like, and how much it holds; keeps the whiteouts, which come last, back. */
class EntryWatch implements TreeSink {
  rootSeen = false;
  readonly whiteouts: ByteString[] = [];
  /** Bytes of files and of symbolic links' texts, as docker counts a layer: directories are nothing, and hard links one file. */
  size = 0;
  readonly #sink: TreeSink;

  constructor(sink: TreeSink) {
    this.#sink = sink;
  }

  entry(entry: TreeEntry): Promise<void> | undefined {
    if (entry.path === "") this.rootSeen = true;
    this.size += entry.type === "symlink" ? (entry.target?.length ?? 0) : entry.size;
    return this.#sink.entry(entry);
  }

  data(chunk: Uint8Array): Promise<void> | undefined {
    return this.#sink.data(chunk);
  }

  whiteout(path: ByteString): undefined {
    this.whiteouts.push(path);
  }

  opaque(path: ByteString): Promise<void> | undefined {
    return this.#sink.opaque(path);
  }
}

/** A layer on its way into a directory. Ended by `end` or `abort`, always. */
export class LayerFill {
  readonly #directory: string;
  readonly #options: FillOptions;
  readonly #writer: LayerWriter;
  readonly #watch: EntryWatch;
  readonly #applier: LayerApplier;

  private constructor(directory: string, options: FillOptions, writer: LayerWriter) {
    this.#directory = directory;
    this.#options = options;
    this.#writer = writer;
    this.#watch = new EntryWatch(writer);
    this.#applier = new LayerApplier(this.#watch, { diffId: options.diffId });
  }

  static async open(directory: string, options: FillOptions): Promise<LayerFill> {
    return new LayerFill(directory, options, await options.open(directory));
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    try {
      return this.#applier.write(chunk)?.catch((error: unknown) => this.#failed(error));
    } catch (error) {
      this.#failed(error);
    }
  }

  /** The size is that of the files. @throws InvalidInputError when the layer is not what its diffID says; KernelError when a file cannot be made */
  async end(): Promise<AppliedLayer> {
    const applied = await this.#applier.end().catch((error: unknown) => this.#failed(error));
    await this.#writeWhiteouts();
    // Most layers say nothing of the root directory: that goes into the same session.
    if (!this.#watch.rootSeen) await this.#writeImplied(this.#writer, ["" as ByteString]);
    const { warnings, implied } = await this.#writer.finish();
    for (const warning of warnings) this.#options.warn(warning);
    if (implied.length > 0) {
      await using writer = await this.#options.open(this.#directory);
      await this.#writeImplied(writer, implied);
      await writer.finish();
    }
    return { ...applied, size: this.#watch.size };
  }

  /** overlayfs shows the names of those in directories that it has nothing below of to merge with (ovl_iterate of the kernel's readdir.c). */
  async #writeWhiteouts(): Promise<void> {
    if (this.#watch.whiteouts.length === 0) return;
    const below = await this.#options.below();
    for (const path of this.#watch.whiteouts) {
      if ((await below.directory(splitName(path).directory)) !== undefined) await this.#writer.whiteout(path);
    }
  }

  /** Of many layers, which one is not valid. */
  #failed(error: unknown): never {
    throw error instanceof InvalidInputError ? new InvalidInputError(`layer ${this.#options.digest}`, error.problems) : error;
  }

  async #writeImplied(writer: LayerWriter, paths: readonly ByteString[]): Promise<void> {
    const below = await this.#options.below();
    for (const path of paths) {
      const entry = await below.directory(path);
      if (entry !== undefined) await writer.entry(entry);
    }
  }

  async abort(): Promise<void> {
    this.#applier.abort();
    await this.#writer[Symbol.asyncDispose]();
  }
}
