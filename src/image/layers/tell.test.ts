import { expect, test } from "bun:test";
import { RecordSink, SlowSink } from "../../../test/layers/record-sink.ts";
import { byteString } from "../../base/byte-string.ts";
import type { TreeEntry } from "../../spec/tree-entry.ts";
import { type ReadItem, tellTree } from "./tell.ts";

const entry: TreeEntry = {
  path: byteString("a"),
  type: "file",
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: { seconds: 0, nanoseconds: 0 },
  size: 4,
};
const ITEMS: readonly ReadItem[] = [
  { kind: "entry", entry },
  { kind: "data", chunk: Buffer.from("da") },
  { kind: "data", chunk: Buffer.from("ta") },
  { kind: "whiteout", path: byteString("b") },
  { kind: "opaque", path: byteString("c") },
];

test("a tree that is read is told in order, as slowly as the sink takes it", async () => {
  const sink = new RecordSink();
  await tellTree(readable(ITEMS), new SlowSink(sink));
  expect(sink.told()).toEqual(["file a = data", "whiteout b", "opaque c"]);
});

test("a sink that fails stops the reader", async () => {
  let stopped = false;
  async function* items(): AsyncGenerator<ReadItem> {
    try {
      for (;;) yield { kind: "entry", entry };
    } finally {
      stopped = true;
    }
  }
  const failing = { ...emptySink, entry: () => Promise.reject(new Error("disk full")) };
  await expect(tellTree(items(), failing)).rejects.toThrow("disk full");
  expect(stopped).toBe(true);
});

const emptySink = { entry: () => undefined, data: () => undefined, whiteout: () => undefined, opaque: () => undefined };

async function* readable(items: readonly ReadItem[]): AsyncGenerator<ReadItem> {
  yield* items;
}
