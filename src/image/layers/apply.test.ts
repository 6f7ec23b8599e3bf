import { describe, expect, test } from "bun:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { RecordSink, SlowSink } from "../../../test/layers/record-sink.ts";
import { archive, file } from "../../../test/layers/tar-builder.ts";
import { digestOf } from "../../base/digest.ts";
import type { TreeSink } from "../../spec/tree-entry.ts";
import { type ApplyOptions, applyLayer, LayerApplier } from "./apply.ts";

const LETTERS = "abcdefgh".repeat(40_000);
const TAR = archive(file("a", LETTERS), file("b", "short"), file(".wh.c"));
const HALF = Math.floor(TAR.length / 2);

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

const apply = (bytes: Uint8Array, options: ApplyOptions = {}, sink: TreeSink = new RecordSink(), size = 4096) =>
  applyLayer(pieces(bytes, size), sink, options);

/** A frame to skip, as stargz-like tools put in front (RFC 8878). */
const SKIPPED = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]);
const SKIPPED_5 = Buffer.from([0x55, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]);

// biome-ignore format: table
const PACKED: readonly (readonly [string, Uint8Array, string])[] = [
  ["as it is",               TAR,                                                                       "none"],
  ["by gzip",                gzipSync(TAR),                                                             "gzip"],
  ["by gzip in two members", Buffer.concat([gzipSync(TAR.subarray(0, HALF)), gzipSync(TAR.subarray(HALF))]), "gzip"],
  ["by zstd",                zstdCompressSync(TAR),                                                     "zstd"],
  ["by zstd in two frames",  Buffer.concat([zstdCompressSync(TAR.subarray(0, HALF)), SKIPPED, zstdCompressSync(TAR.subarray(HALF))]), "zstd"],
  ["by zstd after a frame to skip", Buffer.concat([SKIPPED_5, zstdCompressSync(TAR)]),                  "zstd"],
];

describe.each(PACKED)("a layer packed %s", (_, bytes, compression) => {
  test.each([1, 100, 65_536, 10_000_000])("is applied from pieces of %d bytes, its diffID told", async (size) => {
    if (size === 1 && bytes.length > 50_000) return;
    const sink = new RecordSink();
    const applied = await apply(bytes, {}, sink, size);
    expect(applied).toMatchObject({ diffId: digestOf(TAR), compression, size: TAR.length, packedSize: bytes.length, entries: 3 });
    expect(sink.told()).toEqual([`file a = ${LETTERS}`, "file b = short", "whiteout c"]);
  });

  test("is applied to a slow sink", async () => {
    const sink = new RecordSink();
    await apply(bytes, {}, new SlowSink(sink));
    expect(sink.told()).toHaveLength(3);
  });

  test("is refused when it is cut short", async () => {
    for (const cut of [HALF, bytes.length - 40, bytes.length - 5, bytes.length - 1].filter((length) => length < bytes.length)) {
      // Cut in the zeros at its end, a plain tar is whole.
      if (compression === "none" && cut > bytes.length - 1600) continue;
      await expect(apply(bytes.subarray(0, cut))).rejects.toThrow(/^the layer is not valid: /);
    }
  });

  test("is refused when its diffID is another", async () => {
    await expect(apply(bytes, { diffId: digestOf("other") })).rejects.toThrow(
      `the layer is not valid: diffID: it is ${digestOf(TAR)}, not`,
    );
    await apply(bytes, { diffId: digestOf(TAR, "sha512") });
  });

  test("hands on what the sink throws", async () => {
    const full: TreeSink = {
      entry: () => undefined,
      data: () => Promise.reject(new Error("no space left")),
      whiteout: () => undefined,
      opaque: () => undefined,
    };
    await expect(apply(bytes, {}, full)).rejects.toThrow("no space left");
    const broken: TreeSink = {
      ...full,
      entry: () => {
        throw new Error("thrown at once");
      },
    };
    await expect(apply(bytes, {}, broken)).rejects.toThrow("thrown at once");
  });

  test("is refused when it unpacks to too much", async () => {
    await expect(apply(bytes, { limits: { unpackedBytes: 100_000 } })).rejects.toThrow("size: it unpacks to more than 100000 bytes");
  });
});

describe.each(PACKED.slice(1))("a layer packed %s", (_, bytes) => {
  test.each([4096, 10_000_000])("is refused when something follows, fed %d bytes at a time", async (size) => {
    await expect(apply(Buffer.concat([bytes, Buffer.alloc(700)]), {}, new RecordSink(), size)).rejects.toThrow(
      /^the layer is not valid: (gzip|zstd) data/,
    );
    await expect(apply(Buffer.concat([bytes, Buffer.from("something else")]), {}, new RecordSink(), size)).rejects.toThrow(
      /^the layer is not valid: /,
    );
  });

  test("is refused as a bomb by its ratio, once it is large enough to matter", async () => {
    const limits = { ratio: 3, ratioFrom: 100_000 };
    await expect(apply(bytes, { limits })).rejects.toThrow(/bytes unpack to \d+, more than 3 times as many/);
    await apply(bytes, { limits: { ratio: 3 } });
  });
});

test.each([
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0, 0]],
  ["bzip2", [0x42, 0x5a, 0x68, 0x39, 0x31, 0x41, 0x59]],
  ["lz4", [0x04, 0x22, 0x4d, 0x18, 0x64, 0x40, 0xa7]],
])("%s is refused by its name", async (name, bytes) => {
  await expect(apply(Buffer.from(bytes))).rejects.toThrow(`the layer is not valid: compression: ${name} is none of gzip, zstd and none`);
});

test("what is no tar is refused", async () => {
  await expect(apply(Buffer.from("x".repeat(600)))).rejects.toThrow("this is no tar, or a damaged one");
  await expect(apply(Buffer.from("xyz"))).rejects.toThrow("the archive is cut short");
});

test("a layer of nothing is one without entries", async () => {
  expect(await apply(Buffer.alloc(0))).toMatchObject({ entries: 0, size: 0, diffId: digestOf("") });
});

test("a signal ends it", async () => {
  const controller = new AbortController();
  const packed = gzipSync(TAR);
  async function* source(): AsyncGenerator<Uint8Array> {
    yield packed.subarray(0, 100);
    controller.abort();
    yield packed.subarray(100);
  }
  await expect(applyLayer(source(), new RecordSink(), { signal: controller.signal })).rejects.toThrow("it was ended before its last byte");
});

test.each(PACKED)("an aborted applier of a layer packed %s tells the sink nothing more and takes nothing more", async (_, bytes) => {
  const sink = new RecordSink();
  const applier = new LayerApplier(sink);
  await applier.write(bytes.subarray(0, 600));
  applier.abort();
  const told = sink.told().length;
  expect(() => applier.write(bytes.subarray(600))).toThrow("apply the layer: it was ended before its last byte");
  await expect(applier.end()).rejects.toThrow("it was ended");
  expect(sink.told()).toHaveLength(told);
});

test("an applier that is aborted before it knows what it is fed takes nothing more", async () => {
  const applier = new LayerApplier(new RecordSink());
  const first = applier.write(gzipSync(TAR));
  applier.abort();
  await expect(Promise.resolve(first)).rejects.toThrow("it was ended");
});

test("a sink that was waited for when all was aborted is told nothing more", async () => {
  const sink = new RecordSink();
  const applier = new LayerApplier(new SlowSink(sink));
  const outcome = Promise.resolve(applier.write(TAR)).then(
    () => "taken",
    (error: Error) => error.message,
  );
  while (sink.entries.length === 0) await new Promise((resolve) => setImmediate(resolve));
  applier.abort();
  expect(await outcome).toContain("it was ended");
  expect(sink.entries).toHaveLength(1);
});
