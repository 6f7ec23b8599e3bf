// The layers of an image as one directory of plain files, for a container where the kernel makes no overlay of them. Each name is copied from
// the layer that shows it; nothing is written that another layer takes away again.
import type { ByteString } from "../../base/byte-string.ts";
import { readTree } from "../../kernel/tree/reader.ts";
import type { TreeSessionOptions, TreeUserNamespace } from "../../kernel/tree/session.ts";
import { openTreeWriter } from "../../kernel/tree/writer.ts";
import type { TreeEntry, TreeSink } from "../../spec/tree-entry.ts";
import { tellTree } from "../layers/tell.ts";
import { type LayerNames, readLayerNames } from "./layer-names.ts";

export interface CopyOptions extends TreeSessionOptions {
  /** The user namespace whose ids own the copy; absent, that of the layers. */
  readonly owners?: TreeUserNamespace;
}

/**
 * Copies layers (absolute directories, bottom to top) into an empty directory, owners, times and all.
 * @throws KernelError naming the entry that failed; what was written until then stays
 */
export async function copyLayers(layers: readonly string[], into: string, { owners, ...trees }: CopyOptions): Promise<void> {
  const names = await readLayerNames(layers, trees);
  await using writer = await openTreeWriter({
    ...trees,
    ...(owners === undefined ? {} : { userns: owners }),
    root: into,
    subject: "the copy of the layers",
  });
  for (const [layer, root] of layers.entries()) {
    const links = await linksOf(root, trees);
    const shown = new ShownPart(writer, { names, layer, links });
    await tellTree(readTree({ ...trees, root, overlay: true, subject: "the layer" }), shown);
  }
  await writer.finish();
}

type Links = ReadonlyMap<ByteString, readonly ByteString[]>;

/** Further names of the layer's files, by the first. */
async function linksOf(root: string, trees: TreeSessionOptions): Promise<Links> {
  const links = new Map<ByteString, ByteString[]>();
  for await (const item of readTree({ ...trees, root, overlay: true, statOnly: true, subject: "the layer" })) {
    if (item.kind !== "entry" || item.entry.type !== "hardlink" || item.entry.target === undefined) continue;
    const others = links.get(item.entry.target) ?? [];
    others.push(item.entry.path);
    links.set(item.entry.target, others);
  }
  return links;
}

/** Passes on what one layer shows. A file whose first name is hidden is written by the first one that is not. */
export class ShownPart implements TreeSink {
  readonly #sink: Pick<TreeSink, "entry" | "data">;
  readonly #links: Links;
  readonly #isShown: (path: ByteString) => boolean;
  /** By the first name of a file with several the one that it was written by. */
  readonly #written = new Map<ByteString, ByteString>();
  #telling = false;

  constructor(
    sink: Pick<TreeSink, "entry" | "data">,
    { names, layer, links }: { readonly names: LayerNames; readonly layer: number; readonly links: Links },
  ) {
    this.#sink = sink;
    this.#links = links;
    this.#isShown = (path) => names.shows(layer, path);
  }

  entry(entry: TreeEntry): Promise<void> | undefined {
    this.#telling = false;
    const { path, type, target } = entry;
    if (type === "hardlink" && target !== undefined) {
      const first = this.#written.get(target);
      return first === undefined || first === path || !this.#isShown(path) ? undefined : this.#sink.entry({ ...entry, target: first });
    }
    const names = this.#links.get(path);
    const name = [path, ...(names ?? [])].find(this.#isShown);
    if (name === undefined) return undefined;
    if (names !== undefined) this.#written.set(path, name);
    this.#telling = type === "file";
    return this.#sink.entry(name === path ? entry : { ...entry, path: name });
  }

  data(chunk: Uint8Array): Promise<void> | undefined {
    return this.#telling ? this.#sink.data(chunk) : undefined;
  }

  whiteout(): undefined {
    this.#telling = false;
  }

  opaque(): undefined {
    this.#telling = false;
  }
}
