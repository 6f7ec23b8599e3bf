// The difference of two trees (`teu image diff A B`), and of a tree and the changes made on top of it (`docker diff`): what was added,
// what changed, what is gone.
import type { ByteString } from "../../base/byte-string.ts";
import type { TreeEntry, TreeSink } from "../../spec/tree-entry.ts";
import type { MergedEntry } from "./merge.ts";

/** docker's letters. */
export type ChangeKind = "A" | "C" | "D";

export interface Change {
  readonly kind: ChangeKind;
  readonly path: ByteString;
  /** As it was; not of what was added. */
  readonly before?: MergedEntry;
  /** As it is; not of what is gone. */
  readonly after?: MergedEntry;
}

/**
 * What turns one tree into the other. A directory that is gone stands for all that was in it; one that was added is told with all that is
 * in it. Contents count where both sides have their digests, size and time where not.
 */
export function* compareTrees(before: Iterable<MergedEntry>, after: Iterable<MergedEntry>): Generator<Change> {
  const [old, now] = [before[Symbol.iterator](), after[Symbol.iterator]()];
  let [a, b] = [next(old), next(now)];
  let gone: ByteString | undefined;
  while (a !== undefined || b !== undefined) {
    const order = a === undefined ? 1 : b === undefined ? -1 : byPath(a.entry.path, b.entry.path);
    if (order === 0 && a !== undefined && b !== undefined) {
      if (differ(a, b)) yield { kind: "C", path: b.entry.path, before: a, after: b };
      [a, b] = [next(old), next(now)];
    } else if (order < 0 && a !== undefined) {
      const { path } = a.entry;
      if (gone === undefined || !path.startsWith(`${gone}/`)) {
        yield { kind: "D", path, before: a };
        gone = path;
      }
      a = next(old);
    } else if (b !== undefined) {
      yield { kind: "A", path: b.entry.path, after: b };
      b = next(now);
    }
  }
}

function next(from: Iterator<MergedEntry>): MergedEntry | undefined {
  const { done, value } = from.next();
  return done === true ? undefined : value;
}

/** The order of a walk: a directory before what is in it and all of that before its next sibling, so a slash is less than any byte. */
function byPath(a: ByteString, b: ByteString): number {
  if (a === b) return 0;
  if (a === "" || b === "") return a === "" ? -1 : 1;
  const [left, right] = [a.replaceAll("/", "\0"), b.replaceAll("/", "\0")];
  return left < right ? -1 : 1;
}

/** The root's time changes with every build, and nobody asked for it. */
function differ(a: MergedEntry, b: MergedEntry): boolean {
  const [was, is] = [a.entry, b.entry];
  if (attributes(was) !== attributes(is)) return true;
  if (was.type !== "file") return was.path !== "" && times(was) !== times(is);
  if (was.size !== is.size) return true;
  return a.content !== undefined && b.content !== undefined ? a.content !== b.content : times(was) !== times(is);
}

const times = ({ mtime }: TreeEntry) => `${mtime.seconds}.${mtime.nanoseconds}`;

function attributes({ type, mode, uid, gid, target, device, xattrs = [] }: TreeEntry): string {
  const attached = xattrs.map(({ name, value }) => `${name}=${Buffer.from(value).toString("base64")}`).toSorted();
  return JSON.stringify([type, mode, uid, gid, target, device?.major, device?.minor, attached]);
}

/**
 * Changes as an upper directory tells them: every entry is there because something was done to it. `isBelow` says whether the layers below
 * have a name; what they have not was added.
 */
export class ChangeList implements TreeSink {
  readonly #isBelow: (path: ByteString) => boolean;
  readonly #found = new Map<ByteString, ChangeKind>();

  constructor(isBelow: (path: ByteString) => boolean) {
    this.#isBelow = isBelow;
  }

  entry({ path }: TreeEntry): undefined {
    if (path !== "") this.#found.set(path, this.#isBelow(path) ? "C" : "A");
  }

  data(): undefined {}

  whiteout(path: ByteString): undefined {
    if (this.#isBelow(path)) this.#found.set(path, "D");
  }

  /** The directory's own entry tells of it. */
  opaque(): undefined {}

  /** In the order of a walk. */
  changes(): readonly Change[] {
    return [...this.#found].map(([path, kind]) => ({ kind, path })).toSorted((a, b) => byPath(a.path, b.path));
  }
}
