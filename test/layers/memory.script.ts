// Packs a layer of half a gigabyte and applies it as it comes, to a sink that is slower than both; prints the most memory that it took, in
// MiB. Run by memory.test.ts in a process of its own, with the compression as its argument.
import { byteString } from "../../src/base/byte-string.ts";
import { LayerApplier } from "../../src/image/layers/apply.ts";
import { LayerWriter } from "../../src/image/layers/diff.ts";

const FILES = 8;
const PIECES = 64;
const [compression = "gzip"] = process.argv.slice(2);
if (compression !== "gzip" && compression !== "zstd" && compression !== "none") throw new Error(`no compression: ${compression}`);

const piece = Buffer.alloc(1024 * 1024);
crypto.getRandomValues(piece.subarray(0, 50_000));
let slow = 0;
let peak = 0;
const look = () => {
  peak = Math.max(peak, process.memoryUsage.rss());
};
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

const applier = new LayerApplier({
  entry: () => undefined,
  data: () => {
    look();
    return ++slow % 4 === 0 ? turn() : undefined;
  },
  whiteout: () => undefined,
  opaque: () => undefined,
});
const writer = await LayerWriter.open((chunk) => applier.write(chunk), { compression, level: 1 });
for (let index = 0; index < FILES; index++) {
  const attributes = { mode: 0o644, uid: 0, gid: 0, mtime: { seconds: 0, nanoseconds: 0 } };
  await writer.entry({ path: byteString(`${index}`), type: "file", size: PIECES * piece.length, ...attributes });
  for (let count = 0; count < PIECES; count++) await writer.data(piece);
}
const packed = await writer.end();
const applied = await applier.end();
look();
if (applied.diffId !== packed.diffId) throw new Error("packed and applied are not the same");
console.log(Math.round(peak / 1024 ** 2));
