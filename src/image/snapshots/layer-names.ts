// Which layer each name of an image comes from: what an overlay would show, told from the layers' directories without one. Holds names and
// attributes of the whole image, no contents.
import { type ByteString, byteString } from "../../base/byte-string.ts";
import { readTree } from "../../kernel/tree/reader.ts";
import type { TreeSessionOptions } from "../../kernel/tree/session.ts";
import { joinName } from "../layers/clean-name.ts";
import { type MergedEntry, MergedTree } from "../layers/merge.ts";
import { tellTree } from "../layers/tell.ts";

/** As path_resolution(7) has it. */
const MOST_LINKS = 40;

export class LayerNames {
  readonly #names: ReadonlyMap<ByteString, MergedEntry>;

  /** @param merged all the layers, each ended */
  constructor(merged: MergedTree) {
    this.#names = new Map([...merged.entries()].map((name) => [name.entry.path, name]));
  }

  /** Whether what the layer with this index has at a path is what is seen there. */
  shows(layer: number, path: ByteString): boolean {
    return this.#names.get(path)?.layer === layer;
  }

  /** What an absolute path leads to for a process whose root the image is; undefined where it leads nowhere. */
  find(path: string): MergedEntry | undefined {
    const parts: ByteString[] = byteString(path).split("/") as ByteString[]; // parts of bytes are bytes
    let links = 0;
    let at: ByteString[] = [];
    for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
      if (part === "" || part === ".") continue;
      if (part === "..") {
        at.pop();
        continue;
      }
      const entry = this.#at([...at, part])?.entry;
      if (entry === undefined) return undefined;
      if (entry.type !== "symlink") at.push(part);
      else {
        if (++links > MOST_LINKS) return undefined;
        const target = entry.target ?? ("" as ByteString);
        if (target.startsWith("/")) at = [];
        parts.unshift(...(target.split("/") as ByteString[]));
      }
    }
    return this.#at(at);
  }

  #at(parts: readonly ByteString[]): MergedEntry | undefined {
    return this.#names.get(parts.reduce((path, part) => joinName(path, part), "" as ByteString));
  }
}

/**
 * Reads the names of layers: absolute directories, bottom to top.
 * @throws KernelError naming the entry that cannot be read
 */
export async function readLayerNames(layers: readonly string[], trees: TreeSessionOptions): Promise<LayerNames> {
  const merged = new MergedTree();
  for (const root of layers) {
    await tellTree(readTree({ ...trees, root, overlay: true, statOnly: true, subject: "the layer" }), merged);
    merged.endLayer();
  }
  return new LayerNames(merged);
}
