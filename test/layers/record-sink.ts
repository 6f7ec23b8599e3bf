// A sink that keeps what it is told, as one line a call, so that tests compare texts.
import type { ByteString } from "../../src/base/byte-string.ts";
import type { TreeEntry, TreeSink } from "../../src/spec/tree-entry.ts";

export class RecordSink implements TreeSink {
  readonly entries: TreeEntry[] = [];
  readonly lines: string[] = [];
  readonly #data: Buffer[] = [];

  entry(entry: TreeEntry): undefined {
    this.#endFile();
    this.entries.push(entry);
    this.lines.push(`${entry.type} ${entry.path}${entry.target === undefined ? "" : ` -> ${entry.target}`}`);
  }

  data(chunk: Uint8Array): undefined {
    this.#data.push(Buffer.from(chunk));
  }

  whiteout(path: ByteString): undefined {
    this.#endFile();
    this.lines.push(`whiteout ${path}`);
  }

  opaque(path: ByteString): undefined {
    this.#endFile();
    this.lines.push(`opaque ${path}`);
  }

  /** All calls; a file's data behind it, after `=`. */
  told(): readonly string[] {
    this.#endFile();
    return this.lines;
  }

  #endFile(): void {
    if (this.#data.length > 0) this.lines.push(`${this.lines.pop()} = ${Buffer.concat(this.#data.splice(0)).toString("latin1")}`);
  }
}

/** Tells another sink what it is told, but slowly: every call makes the caller wait for a turn of the loop, and a call before that throws. */
export class SlowSink implements TreeSink {
  readonly #to: TreeSink;
  #busy = false;

  constructor(to: TreeSink) {
    this.#to = to;
  }

  entry(entry: TreeEntry): Promise<void> {
    return this.#slowly(() => this.#to.entry(entry));
  }

  data(chunk: Uint8Array): Promise<void> {
    return this.#slowly(() => this.#to.data(chunk));
  }

  whiteout(path: ByteString): Promise<void> {
    return this.#slowly(() => this.#to.whiteout(path));
  }

  opaque(path: ByteString): Promise<void> {
    return this.#slowly(() => this.#to.opaque(path));
  }

  async #slowly(tell: () => Promise<void> | undefined): Promise<void> {
    if (this.#busy) throw new Error("called while it was busy");
    this.#busy = true;
    await new Promise((resolve) => setImmediate(resolve));
    await tell();
    this.#busy = false;
  }
}
