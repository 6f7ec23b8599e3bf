// Hands a tree that is read, item by item, to a sink: a directory to the writer of a layer, a merged tree or a list of changes.
import type { ByteString } from "../../base/byte-string.ts";
import type { TreeEntry, TreeSink } from "../../spec/tree-entry.ts";

/** An item as kernel/tree reads it. */
export type ReadItem =
  | { readonly kind: "entry"; readonly entry: TreeEntry }
  | { readonly kind: "data"; readonly chunk: Uint8Array }
  | { readonly kind: "whiteout" | "opaque"; readonly path: ByteString };

/** Waits where the sink says so; an error of either side is thrown, and the reader told to stop. */
export async function tellTree(items: AsyncIterable<ReadItem>, sink: TreeSink): Promise<void> {
  for await (const item of items) {
    const wait = tellItem(item, sink);
    if (wait !== undefined) await wait;
  }
}

function tellItem(item: ReadItem, sink: TreeSink): Promise<void> | undefined {
  switch (item.kind) {
    case "entry":
      return sink.entry(item.entry);
    case "data":
      return sink.data(item.chunk);
    case "whiteout":
      return sink.whiteout(item.path);
    case "opaque":
      return sink.opaque(item.path);
  }
}
