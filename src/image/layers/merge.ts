// The tree that a stack of layers makes: each is applied in turn, whiteouts take away what is below them only (image-spec 1.1 layer.md,
// "Applying Changesets"). Holds names and attributes, and digests of contents when asked, no contents.
import type { ByteString } from "../../base/byte-string.ts";
import { type Digest, Digester } from "../../base/digest.ts";
import type { TreeEntry, TreeSink } from "../../spec/tree-entry.ts";
import { joinName, splitName } from "./clean-name.ts";
import { refuse, shown } from "./refuse.ts";

/** One name of the merged tree. */
export interface MergedEntry {
  /** A hard link is told as the file that it is another name of; `path` is its own. */
  readonly entry: TreeEntry;
  /** Index of the layer that it comes from. */
  readonly layer: number;
  /** Of a file's data, when contents were asked for. */
  readonly content?: Digest;
}

/** What is behind a name; shared by hard links, as an inode is. */
interface Inode {
  entry: TreeEntry;
  content?: Digest;
}

interface Name {
  inode: Inode;
  layer: number;
  readonly children: Map<string, Name>;
}

export interface MergeOptions {
  /** Digest files' contents: entries' sizes and times say nothing of a file changed in place. */
  readonly contents?: boolean;
}

/** What a directory has that no layer tells of, as docker and umoci make it. */
const UNTOLD = { type: "directory", mode: 0o755, uid: 0, gid: 0, mtime: { seconds: 0, nanoseconds: 0 }, size: 0 } as const;

export class MergedTree implements TreeSink {
  readonly #contents: boolean;
  #layer = 0;
  readonly #root: Name = this.#makeName("" as ByteString);
  #file: Inode | undefined;
  #digester: Digester | undefined;

  constructor({ contents = false }: MergeOptions = {}) {
    this.#contents = contents;
  }

  /** Says that the calls before were one layer's, and those that follow are the next one's. */
  endLayer(): void {
    this.#endFile();
    this.#layer++;
  }

  /** @throws InvalidInputError when a hard link leads to no file. */
  entry(entry: TreeEntry): undefined {
    this.#endFile();
    const { path, type } = entry;
    const inode = type === "hardlink" ? this.#linked(entry) : { entry };
    if (this.#contents && type === "file") {
      this.#file = inode;
      this.#digester = new Digester();
      // Of a sparse file the data alone do not say where they are.
      if (entry.extents !== undefined) this.#digester.update(Buffer.from(JSON.stringify(entry.extents)));
    }
    if (path === "") this.#put(this.#root, inode);
    else {
      const { directory, base } = splitName(path);
      const parent = this.#directory(directory);
      const there = parent.children.get(base);
      if (there !== undefined && type === "directory" && there.inode.entry.type === "directory") this.#put(there, inode);
      else parent.children.set(base, { inode, layer: this.#layer, children: new Map() });
    }
  }

  data(chunk: Uint8Array): undefined {
    this.#digester?.update(chunk);
  }

  whiteout(path: ByteString): undefined {
    this.#endFile();
    const { directory, base } = splitName(path);
    const parent = this.#find(directory);
    const there = parent?.children.get(base);
    if (there === undefined) return;
    this.#keepOwn(there);
    if (there.layer < this.#layer && there.children.size === 0) parent?.children.delete(base);
  }

  opaque(path: ByteString): undefined {
    this.#endFile();
    const there = this.#find(path);
    if (there !== undefined) this.#keepOwn(there);
  }

  /** All names, a directory before what is in it, each directory's in the order of their bytes. */
  *entries(): Generator<MergedEntry> {
    this.#endFile();
    yield* list(this.#root, "" as ByteString);
  }

  /** Takes away what is inside of a directory but for what this layer has put there. */
  #keepOwn(name: Name): void {
    for (const [base, child] of name.children) {
      this.#keepOwn(child);
      if (child.layer < this.#layer && child.children.size === 0) name.children.delete(base);
    }
  }

  #put(name: Name, inode: Inode): void {
    name.inode = inode;
    name.layer = this.#layer;
  }

  #linked({ path, target }: TreeEntry): Inode {
    const found = target === undefined ? undefined : this.#find(target);
    if (found === undefined || found.inode.entry.type === "directory") {
      return refuse(`entry ${shown(path)}`, `it is a hard link to ${shown(target ?? path)}, which is no file`);
    }
    return found.inode;
  }

  #find(path: ByteString): Name | undefined {
    let name: Name | undefined = this.#root;
    if (path !== "") for (const part of path.split("/")) name = name?.children.get(part);
    return name;
  }

  /** The directory of a name, made where no layer told of it. */
  #directory(path: ByteString): Name {
    let name = this.#root;
    let walked = "" as ByteString;
    for (const part of path === "" ? [] : path.split("/")) {
      walked = joinName(walked, part as ByteString);
      const next = name.children.get(part);
      if (next?.inode.entry.type === "directory") name = next;
      else {
        const made = this.#makeName(walked);
        name.children.set(part, made);
        name = made;
      }
    }
    return name;
  }

  #makeName(path: ByteString): Name {
    return { inode: { entry: { ...UNTOLD, path } }, layer: this.#layer, children: new Map() };
  }

  #endFile(): void {
    if (this.#file !== undefined && this.#digester !== undefined) this.#file.content = this.#digester.digest();
    this.#file = undefined;
    this.#digester = undefined;
  }
}

function* list({ inode, layer, children }: Name, path: ByteString): Generator<MergedEntry> {
  yield { entry: { ...inode.entry, path }, layer, ...(inode.content === undefined ? {} : { content: inode.content }) };
  for (const base of [...children.keys()].toSorted(byBytes)) {
    const child = children.get(base);
    if (child !== undefined) yield* list(child, joinName(path, base as ByteString));
  }
}

/** Characters are bytes, so their order is that of the bytes. */
const byBytes = (a: string, b: string) => (a < b ? -1 : 1);
