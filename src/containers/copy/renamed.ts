// The entries of a copy on their way: under the name that the target gives them, owned by whom it says, with the attributes that a copy keeps.
import type { ByteString } from "../../base/byte-string.ts";
import type { TreeEntry, TreeSink } from "../../spec/tree-entry.ts";

/** An item as kernel/tree reads it. */
export type CopyItem =
  | { readonly kind: "entry"; readonly entry: TreeEntry; readonly open?: true }
  | { readonly kind: "data"; readonly chunk: Uint8Array }
  | { readonly kind: "whiteout" | "opaque"; readonly path: ByteString };

export interface CopyNames {
  /** What the paths of the entries begin with: the name that the source was read by; empty where the whole directory was. */
  readonly from: ByteString;
  /** What they begin with at the target; empty where the directory itself is the target. */
  readonly to: ByteString;
}

export interface CopyOptions extends CopyNames {
  /** Everything belongs to this user; undefined: to whom it did. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  readonly signal?: AbortSignal;
  /** Told the bytes that a tar of it would have so far. */
  onBytes?(bytes: number): void;
}

export interface CopySink extends TreeSink {
  /** @param open its content has gone another way, and no data follow */
  entry(entry: TreeEntry, open?: boolean): Promise<void> | undefined;
}

const BLOCK = 512;
/** The two blocks that end a tar. */
const END = 2 * BLOCK;

/** A copy keeps what programs have set and what makes programs work; labels, and what overlayfs notes for itself, are of their place. */
const KEPT = /^(user\.(?!overlay\.)|security\.capability$|system\.posix_acl_)/;

/**
 * Hands items on. The directory that stands for the target itself is left as it is there.
 * @returns the bytes that a tar of it would have
 */
export async function copyItems(items: AsyncIterable<CopyItem>, sink: CopySink, options: CopyOptions): Promise<number> {
  const { signal, onBytes } = options;
  let bytes = 0;
  for await (const item of items) {
    signal?.throwIfAborted();
    if (item.kind === "data") {
      const wait = sink.data(item.chunk);
      if (wait !== undefined) await wait;
    } else if (item.kind === "entry") {
      bytes += BLOCK + Math.ceil(item.entry.size / BLOCK) * BLOCK;
      const entry = changed(item.entry, options);
      const wait = entry.path === "" ? undefined : sink.entry(entry, item.open);
      if (wait !== undefined) await wait;
      onBytes?.(bytes);
    }
  }
  return bytes + END;
}

/** An entry as the target has it. */
export function changed(entry: TreeEntry, { from, to, owner }: CopyOptions): TreeEntry {
  const { target, xattrs, type } = entry;
  const kept = xattrs?.filter(({ name }) => KEPT.test(name));
  return {
    ...entry,
    ...owner,
    path: renamed(entry.path, { from, to }),
    ...(type === "hardlink" && target !== undefined ? { target: renamed(target, { from, to }) } : {}),
    ...(kept === undefined ? {} : { xattrs: kept }),
  };
}

function renamed(path: ByteString, { from, to }: CopyNames): ByteString {
  const rest = from === "" ? path : path.slice(from.length + 1);
  // Bytes joined by a slash are bytes.
  return (to === "" || rest === "" ? `${to}${rest}` : `${to}/${rest}`) as ByteString;
}
