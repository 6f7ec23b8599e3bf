import { describe, expect, test } from "bun:test";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { RecordSink } from "../../../test/layers/record-sink.ts";
import { type ByteString, byteString } from "../../base/byte-string.ts";
import { digestOf } from "../../base/digest.ts";
import type { EntryType, TreeEntry } from "../../spec/tree-entry.ts";
import { applyLayer } from "./apply.ts";
import type { Compression } from "./compression.ts";
import { type DiffOptions, LayerWriter, type PackedLayer } from "./diff.ts";

const entry = (path: string, type: EntryType, size = 0): TreeEntry => ({
  path: byteString(path),
  type,
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: { seconds: 1, nanoseconds: 0 },
  size,
});

/** 3 MB, compressible and not all the same, so that blocks need the ones before them. */
const TEXT = Buffer.from(Array.from({ length: 300_000 }, (_, index) => `${(index * 7919) % 100_003}`.padStart(9, " ")).join("\n"));

async function pack(options: DiffOptions): Promise<{ readonly bytes: Buffer; readonly layer: PackedLayer }> {
  const chunks: Uint8Array[] = [];
  const slow = async (chunk: Uint8Array) => {
    chunks.push(Buffer.from(chunk));
    await new Promise((resolve) => setImmediate(resolve));
  };
  const writer = await LayerWriter.open(slow, options);
  await writer.entry(entry("d", "directory"));
  await writer.opaque(byteString("d"));
  await writer.entry(entry("d/text", "file", TEXT.length));
  for (let at = 0; at < TEXT.length; at += 100_000) await writer.data(TEXT.subarray(at, at + 100_000));
  await writer.whiteout(byteString("d/gone"));
  await writer.whiteout(byteString("gone"));
  const layer = await writer.end();
  return { bytes: Buffer.concat(chunks), layer };
}

const UNPACK: Readonly<Record<Compression, (bytes: Buffer) => Buffer>> = {
  none: (bytes) => bytes,
  gzip: gunzipSync,
  zstd: zstdDecompressSync,
};
const MEDIA_TYPES: Readonly<Record<Compression, string>> = {
  none: "application/vnd.oci.image.layer.v1.tar",
  gzip: "application/vnd.oci.image.layer.v1.tar+gzip",
  zstd: "application/vnd.oci.image.layer.v1.tar+zstd",
};

describe.each(["none", "gzip", "zstd"] as const)("a layer packed by %s", (compression) => {
  test("has the digests and sizes that are told", async () => {
    const { bytes, layer } = await pack({ compression });
    const tar = UNPACK[compression](bytes);
    expect(layer).toEqual({
      mediaType: MEDIA_TYPES[compression],
      digest: digestOf(bytes),
      packedSize: bytes.length,
      diffId: digestOf(tar),
      size: tar.length,
      entries: 5,
    });
  });

  test("is applied as what it was made of", async () => {
    const { bytes, layer } = await pack({ compression });
    const sink = new RecordSink();
    async function* source(): AsyncGenerator<Uint8Array> {
      yield bytes;
    }
    const applied = await applyLayer(source(), sink, { diffId: layer.diffId });
    expect(applied).toMatchObject({ size: layer.size, packedSize: layer.packedSize, entries: layer.entries });
    expect(sink.told()).toEqual(["directory d", "opaque d", `file d/text = ${TEXT.toString("latin1")}`, "whiteout gone"]);
  });

  test("is the same each time", async () => {
    expect((await pack({ compression })).layer).toEqual((await pack({ compression })).layer);
  });

  test("hands on what its taker throws", async () => {
    const failing = async (after: number) => {
      let calls = 0;
      const writer = await LayerWriter.open(() => (++calls > after ? Promise.reject(new Error("disk full")) : undefined), { compression });
      await writer.entry(entry("text", "file", 10 * TEXT.length));
      for (let turn = 0; turn < 10; turn++) await writer.data(TEXT);
      await writer.end();
    };
    await expect(failing(0)).rejects.toThrow("disk full");
    await expect(failing(2)).rejects.toThrow("disk full");
  });
});

test("a higher level packs smaller, to the same diffID", async () => {
  for (const compression of ["gzip", "zstd"] as const) {
    const [fast, small] = [await pack({ compression, level: 1 }), await pack({ compression, level: 9 })];
    expect(small.layer.packedSize).toBeLessThan(fast.layer.packedSize);
    expect(small.layer.diffId).toBe(fast.layer.diffId);
  }
});

test("an empty layer is one that others read", async () => {
  const chunks: Uint8Array[] = [];
  const writer = await LayerWriter.open((chunk) => void chunks.push(chunk));
  const { size, entries } = await writer.end();
  expect({ size, entries }).toEqual({ size: 1024, entries: 0 });
  expect(gunzipSync(Buffer.concat(chunks))).toEqual(Buffer.alloc(1024));
});

test("a file that a layer cannot hold is refused by its name", async () => {
  const writer = await LayerWriter.open(() => undefined, { compression: "none" });
  expect(() => writer.entry(entry("a/.wh.b", "file"))).toThrow(
    'make a layer: "a/.wh.b" begins with .wh., which layers keep for deleted files: rename it',
  );
  expect(() => writer.whiteout("a/.wh.b" as ByteString)).not.toThrow();
});
