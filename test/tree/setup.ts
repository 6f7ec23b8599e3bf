// What the tests of trees share: a directory of their own, entries in few words, and trees written, read back and compared.
import { afterAll, beforeAll } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { type ByteString, byteString } from "../../src/base/byte-string.ts";
import { readTree, type TreeItem, type TreeReaderOptions } from "../../src/kernel/tree/reader.ts";
import type { TreeUserNamespace } from "../../src/kernel/tree/session.ts";
import { openTreeWriter, type TreeReport, type TreeWriterOptions } from "../../src/kernel/tree/writer.ts";
import type { TreeEntry } from "../../src/spec/tree-entry.ts";
import { LAUNCHER } from "../support/run-plan.ts";

export const bytes = (text: string): ByteString => byteString(text);

/** An entry with the usual attributes, unless said otherwise. */
export function entry(type: TreeEntry["type"], path: string, more: Partial<TreeEntry> = {}): TreeEntry {
  const mode = type === "directory" ? 0o755 : type === "symlink" ? 0o777 : 0o644;
  return { path: bytes(path), type, mode, uid: 0, gid: 0, mtime: { seconds: 1_000_000_000, nanoseconds: 123_456_789 }, size: 0, ...more };
}

/** What is done to a writer, in order. */
export type Step =
  | TreeEntry
  | { readonly file: TreeEntry; readonly content: string | Uint8Array }
  | { readonly whiteout: string }
  | { readonly opaque: string };

export const file = (path: string, content: string | Uint8Array, more: Partial<TreeEntry> = {}): Step => ({
  file: entry("file", path, { size: content.length, ...more }),
  content,
});

export interface Workspace {
  /** A path below the test's directory. */
  path(name: string): string;
  /** A fresh empty directory. */
  fresh(name: string): string;
  readonly session: { readonly launcher: string; readonly dir: string };
  write(root: string, steps: readonly Step[], options?: Partial<TreeWriterOptions>): Promise<TreeReport>;
  read(root: string, options?: Partial<TreeReaderOptions>): Promise<Map<string, ReadEntry>>;
}

export interface ReadEntry {
  readonly entry?: TreeEntry;
  readonly content: string;
  readonly marks: readonly string[];
}

/** A directory for a test file, gone when its tests are over. */
export function workspace(): Workspace {
  let directory = "";
  beforeAll(() => {
    directory = mkdtempSync("/tmp/teu-tree-test-");
    chmodSync(directory, 0o755);
  });
  afterAll(() => {
    Bun.spawnSync(["rm", "-rf", directory]);
  });
  const session = {
    launcher: LAUNCHER,
    get dir() {
      return directory;
    },
  };
  return {
    path: (name) => join(directory, name),
    fresh(name) {
      const path = join(directory, name);
      mkdirSync(path, { mode: 0o755 });
      return path;
    },
    session,
    write: (root, steps, options = {}) => writeSteps({ ...session, root, ...options }, steps),
    read: async (root, options = {}) => collect(readTree({ ...session, root, ...options })),
  };
}

export async function writeSteps(options: TreeWriterOptions, steps: readonly Step[]): Promise<TreeReport> {
  await using writer = await openTreeWriter(options);
  for (const step of steps) {
    if ("whiteout" in step) await writer.whiteout(bytes(step.whiteout));
    else if ("opaque" in step) await writer.opaque(bytes(step.opaque));
    else if ("file" in step) {
      await writer.entry(step.file);
      await writer.data(typeof step.content === "string" ? new TextEncoder().encode(step.content) : step.content);
    } else await writer.entry(step);
  }
  return await writer.finish();
}

/** The items of a tree by path, in the order that they came in. */
export async function collect(items: AsyncIterable<TreeItem>): Promise<Map<string, ReadEntry>> {
  const found = new Map<string, ReadEntry>();
  let last = "";
  for await (const item of items) {
    if (item.kind === "entry") {
      last = item.entry.path;
      found.set(last, { entry: item.entry, content: "", marks: [] });
    } else if (item.kind === "data") {
      const before = found.get(last) ?? { content: "", marks: [] };
      found.set(last, { ...before, content: before.content + Buffer.from(item.chunk).toString("latin1") });
    } else {
      const before = found.get(item.path) ?? { content: "", marks: [] };
      found.set(item.path, { ...before, marks: [...before.marks, item.kind] });
    }
  }
  return found;
}

/** A user namespace whose ids begin at `first` of the host, for a root that may map what it likes. */
export function mappedAt(first: number, facts: TreeUserNamespace["facts"], size = 65536): TreeUserNamespace {
  const map = [{ containerID: 0, hostID: first, size }];
  return { uids: map, gids: map, facts };
}
