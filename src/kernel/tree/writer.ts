// Writes a tree of files below a directory: what Bun has no calls for (openat2, mknod, setxattr, times of links) the launcher does, from a
// stream of records. Entries cost no system call here; they gather in one of two buffers while the other one is on its way.
import { type ByteString, toBytes, toText } from "../../base/byte-string.ts";
import { TeuError } from "../../base/errors.ts";
import type { Timestamp, TreeEntry, TreeSink, Xattr } from "../../spec/tree-entry.ts";
import { op } from "../plan/plan.ts";
import { type Answers, type TreeWarning, WARNINGS_MAX } from "./answers.ts";
import { RecordBuffer, type RecordContent, unsayable } from "./encode.ts";
import type { TreePlace } from "./place.ts";
import { RECORD_MAX, WRITE_FLAG } from "./records.ts";
import { startSession, type TreeSession, type TreeSessionOptions } from "./session.ts";

export interface TreeWriterOptions extends TreeSessionOptions {
  /** Absolute path of an existing directory that is ours, or where else it is: entries lie below it, and no link leads out of it. */
  readonly root: string | TreePlace;
  /** A directory never takes the place of another file, nor another file that of a directory (EISDIR, ENOTDIR). */
  readonly keepKinds?: boolean;
  /** Devices that may not be made are left out, as in a user namespace. */
  readonly lenient?: boolean;
  /** The tree is for an overlay that is mounted with `userxattr` (without root). */
  readonly userxattr?: boolean;
  /** On the disk when `finish` settles (syncfs(2)). */
  readonly sync?: boolean;
}

export interface TreeReport {
  /** What was left out, at most a thousand. */
  readonly warnings: readonly TreeWarning[];
  /** How many warnings there were beyond those. */
  readonly warningsLeftOut: number;
  /** Directories that were made because something is in them, without an entry of their own: root's, 0755. */
  readonly implied: readonly ByteString[];
}

/** After an error of any call, whatever comes next has the same error. Disposing without `finish` ends the session and leaves what was made. */
export interface TreeWriter extends TreeSink, AsyncDisposable {
  /** @param open the other session has handed the file over: no data follow */
  entry(entry: TreeEntry, open?: boolean): Promise<void> | undefined;
  /**
   * Sets the times of directories, and waits until all is made.
   * @throws KernelError naming the entry that failed.
   */
  finish(): Promise<TreeReport>;
}

const BUFFER_SIZE = 2 * RECORD_MAX;
/** A buffer this full leaves at once when the other one is free. */
const ENOUGH = RECORD_MAX / 2;

const OVERLAY_XATTR = /^(trusted|user)\.overlay\./;
const DEFAULT_ACL = "system.posix_acl_default";

/** What a directory gets when all of it is there: later names would change its mtime, and would take its default ACL over (acl(5)). */
interface Settlement {
  readonly mtime: Timestamp;
  readonly xattrs?: readonly Xattr[];
}

/**
 * Starts a session.
 * @throws TeuError `unsupported` or `unavailable`, as startSession.
 */
export async function openTreeWriter(options: TreeWriterOptions): Promise<TreeWriter> {
  const lenient = options.lenient ?? options.userns !== undefined;
  const flags =
    (lenient ? WRITE_FLAG.lenient : 0) |
    (options.sync === true ? WRITE_FLAG.sync : 0) |
    (options.keepKinds === true ? WRITE_FLAG.keepKinds : 0);
  const subject = typeof options.root === "string" ? options.root : (options.subject ?? "the tree");
  const session = startSession(
    options.root,
    "make",
    ({ root, input, answers, exchange }) => [op("writeTree", { root, from: input, answers, flags, exchange }, { from: "tree", subject })],
    options,
  );
  return new LauncherTreeWriter(session, options);
}

class LauncherTreeWriter implements TreeWriter {
  readonly #session: TreeSession;
  readonly #subject: string;
  readonly #opaque: Xattr;
  readonly #settlements = new Map<ByteString, Settlement>();
  readonly #warnings: TreeWarning[] = [];
  #warned = 0;
  /** Gathers records. */
  #filling = new RecordBuffer(BUFFER_SIZE);
  /** Free, or on its way while `#leaving` is there. */
  #other = new RecordBuffer(BUFFER_SIZE);
  #leaving: Promise<void> | undefined;
  #error: unknown;
  /** The file whose content is coming, and how much of it. */
  #file: ByteString | undefined;
  #left = 0;
  #ended = false;

  constructor(session: TreeSession, { subject = "the tree", userxattr = false }: TreeWriterOptions) {
    this.#session = session;
    this.#subject = subject;
    // overlayfs.rst, "user xattr"
    const name = (userxattr ? "user.overlay.opaque" : "trusted.overlay.opaque") as ByteString;
    this.#opaque = { name, value: toBytes("y" as ByteString) };
  }

  entry(entry: TreeEntry, open = false): Promise<void> | undefined {
    const { path, type, xattrs } = entry;
    this.#checkComplete(path);
    const kept = xattrs === undefined || xattrs.length === 0 ? undefined : this.#allowedXattrs(path, xattrs);
    if (type === "directory") return this.#directory(entry, kept);
    const { mode, uid, gid, mtime, size, target, device, extents } = entry;
    const wait = this.#put({
      ...{ kind: type, path, mode, uid, gid, mtime },
      ...(type === "file" ? { size, ...(extents === undefined ? {} : { extents }) } : {}),
      ...((type === "symlink" || type === "hardlink") && target !== undefined ? { target } : {}),
      ...((type === "char" || type === "block") && device !== undefined ? { device } : {}),
      ...(kept === undefined ? {} : { xattrs: kept }),
      ...(open ? { open } : {}),
    });
    this.#settlements.delete(path);
    if (type === "file" && !open) {
      this.#left = extents === undefined ? size : extents.reduce((sum, { length }) => sum + length, 0);
      this.#file = this.#left > 0 ? path : undefined;
    }
    return wait;
  }

  data(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#error !== undefined) throw this.#error;
    if (chunk.length > this.#left)
      throw new TeuError("invalid", this.#sentence(this.#file ?? "", "there is more content than its size says"));
    this.#left -= chunk.length;
    if (this.#left === 0) this.#file = undefined;
    const put = this.#filling.putData(chunk);
    return put === chunk.length ? this.#leaveWhenEnough() : this.#restOfData(chunk.subarray(put));
  }

  whiteout(path: ByteString): Promise<void> | undefined {
    this.#checkComplete(path);
    const wait = this.#put({ kind: "whiteout", path });
    this.#settlements.delete(path);
    return wait;
  }

  opaque(path: ByteString): Promise<void> | undefined {
    this.#checkComplete(path);
    return this.#put({ kind: "opaque", path, xattrs: [this.#opaque] });
  }

  async finish(): Promise<TreeReport> {
    this.#checkComplete("");
    // What lies deeper first, so that it reads as the tree does; no time of one changes another's.
    for (const [path, settlement] of [...this.#settlements].reverse()) {
      const wait = this.#put({ kind: "settle", path, ...settlement });
      if (wait !== undefined) await wait;
    }
    const wait = this.#put({ kind: "end", path: "" as ByteString });
    if (wait !== undefined) await wait;
    await this.#leave();
    await this.#leaving;
    const answers = await this.#end();
    const warnings = [...this.#warnings, ...answers.warnings].slice(0, WARNINGS_MAX);
    const all = this.#warned + answers.warnings.length + answers.warningsLeftOut;
    // One whose entry came later is implied no more.
    const implied = [...new Set(answers.implied)].filter((path) => !this.#settlements.has(path));
    return { warnings, warningsLeftOut: all - warnings.length, implied };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Without its `end` record the launcher takes the stream for broken, and ends.
    await this.#end().catch(() => {});
  }

  #directory(entry: TreeEntry, xattrs: readonly Xattr[] | undefined): Promise<void> | undefined {
    const { path, mode, uid, gid, mtime } = entry;
    const late = xattrs?.filter(({ name }) => name === DEFAULT_ACL) ?? [];
    const now = late.length === 0 ? xattrs : xattrs?.filter(({ name }) => name !== DEFAULT_ACL);
    const wait = this.#put({ kind: "directory", path, mode, uid, gid, mtime, ...(now === undefined ? {} : { xattrs: now }) });
    this.#settlements.delete(path); // the order of the last entries
    this.#settlements.set(path, late.length === 0 ? { mtime } : { mtime, xattrs: late });
    return wait;
  }

  /** Overlayfs would read these as its own: a tree could hide or redirect what is below it. */
  #allowedXattrs(path: ByteString, xattrs: readonly Xattr[]): readonly Xattr[] {
    return xattrs.filter(({ name }) => {
      if (!OVERLAY_XATTR.test(name)) return true;
      if (this.#warned++ < WARNINGS_MAX) {
        this.#warnings.push({ path, message: `the extended attribute ${toText(name)} is left out: it belongs to overlayfs` });
      }
      return false;
    });
  }

  #checkComplete(next: ByteString | string): void {
    if (this.#error !== undefined) throw this.#error;
    if (this.#ended) throw new TeuError("internal", this.#sentence(next, "the session has ended"));
    if (this.#file !== undefined)
      throw new TeuError("invalid", this.#sentence(this.#file, `${this.#left} bytes of its content are missing`));
  }

  #sentence(path: string, why: string): string {
    return `make ${path === "" ? "the root directory" : toText(path as ByteString)} of ${this.#subject}: ${why}`;
  }

  #put(record: RecordContent): Promise<void> | undefined {
    const wrong = unsayable(record);
    if (wrong !== undefined) throw new TeuError("invalid", this.#sentence(record.path, wrong));
    this.#filling.putRecord(record);
    return this.#leaveWhenEnough();
  }

  /** A promise when there may not be room for another record. */
  #leaveWhenEnough(): Promise<void> | undefined {
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.#filling.length < ENOUGH) return undefined;
    if (this.#leaving === undefined) {
      void this.#leave();
      return undefined;
    }
    return this.#filling.room >= RECORD_MAX ? undefined : this.#leave();
  }

  async #restOfData(chunk: Uint8Array): Promise<void> {
    for (let rest = chunk; rest.length > 0; ) {
      await this.#leave();
      rest = rest.subarray(this.#filling.putData(rest));
    }
    await this.#leaveWhenEnough();
  }

  /** Settles when the buffer that was filling is on its way, and the other one takes records. */
  async #leave(): Promise<void> {
    if (this.#leaving !== undefined) await this.#leaving;
    if (this.#error !== undefined) throw this.#error;
    const full = this.#filling;
    if (full.length === 0) return;
    this.#filling = this.#other;
    this.#other = full;
    this.#leaving = this.#session.launch.write(full.filled).then(
      () => {
        full.clear();
        this.#leaving = undefined;
      },
      async (cause) => {
        // Nobody reads any more: the launcher has said why.
        this.#error = await this.#end().then(
          () => new TeuError("internal", `make ${this.#subject}: the launcher read no further`, { cause }),
          (error) => error,
        );
        throw this.#error;
      },
    );
    this.#leaving.catch(() => {}); // told by the next call
  }

  async #end(): Promise<Answers> {
    if (!this.#ended) {
      this.#ended = true;
      // The launcher may be gone already; how it ended is what counts.
      await this.#session.launch.end().catch(() => {});
    }
    return this.#session.finish();
  }
}
