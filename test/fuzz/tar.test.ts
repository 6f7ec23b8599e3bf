// Layers as tars: whatever the bytes, a sink is told clean names only, extents that fit, and as much data as they say; the same tree comes
// out however the bytes are cut into pieces; what was taken is written and read again as the same tree.
import { expect } from "bun:test";
import { type ByteString, toBytes } from "../../src/base/byte-string.ts";
import { applyLayer } from "../../src/image/layers/apply.ts";
import { LayerWriter } from "../../src/image/layers/diff.ts";
import type { TreeEntry, TreeSink } from "../../src/spec/tree-entry.ts";
import { archive, directory, file, header, long, pax, records } from "../layers/tar-builder.ts";
import { fuzz } from "./harness.ts";

const SPARSE = [
  ["GNU.sparse.size", "10"],
  ["GNU.sparse.numblocks", "2"],
  ["GNU.sparse.map", "2,3,8,1"],
] as const;
const OLD_SPARSE = {
  flag: "S",
  size: 4,
  magic: "ustar  \0",
  raw: [
    [386, "00000000002\x0000000000004\0"],
    [483, "00000000012\0"],
  ],
} as const;

const SEEDS: readonly Buffer[] = [
  archive(
    directory("d/"),
    file("d/f", "data"),
    header({ name: "l", flag: "1", target: "d/f" }),
    header({ name: "s", flag: "2", target: "/x" }),
  ),
  archive(file("d/.wh.a"), file("d/.wh..wh..opq"), header({ name: "n", flag: "3", major: 1, minor: 3 })),
  archive(
    pax([
      ["path", "long"],
      ["mtime", "1.5"],
      ["uid", "7"],
      ["SCHILY.xattr.user.a", "\0\xff"],
      ["size", "3"],
    ]),
    file("x", "abc"),
  ),
  archive(pax([["gid", "9"]], "g"), long("L", "name"), long("K", "target"), header({ flag: "2", magic: "ustar  \0" })),
  archive(pax(SPARSE), file("a", "abcd")),
  archive(header({ name: "a", ...OLD_SPARSE }), Buffer.from("abcd".padEnd(512, "\0"))),
];

interface Told {
  readonly entry: TreeEntry | string;
  readonly data: string;
}

/** Throws what is no refusal when it is told what no sink should be told. */
class CheckSink implements TreeSink {
  readonly told: { entry: TreeEntry | string; data: string }[] = [];
  #left = 0;

  entry(entry: TreeEntry): undefined {
    this.#begin(entry, entry.path);
    const { size, extents = [{ offset: 0, length: size }] } = entry;
    let end = 0;
    for (const { offset, length } of extents) {
      if (offset < end || length < 0 || offset + length > size) throw new RangeError("extents that do not fit");
      end = offset + length;
      this.#left += length;
    }
    if (entry.type === "hardlink") checkName(entry.target ?? ("" as ByteString), false);
  }

  data(chunk: Uint8Array): undefined {
    this.#left -= chunk.length;
    if (this.#left < 0) throw new RangeError("more data than extents");
    const last = this.told.at(-1);
    if (last !== undefined) last.data += Buffer.from(chunk).toString("latin1");
  }

  whiteout(path: ByteString): undefined {
    this.#begin("whiteout", path);
    if (path === "") throw new RangeError("a whiteout of the root");
  }

  opaque(path: ByteString): undefined {
    this.#begin("opaque", path);
  }

  #begin(entry: TreeEntry | string, path: ByteString): void {
    if (this.#left !== 0) throw new RangeError("less data than extents");
    checkName(path, true);
    this.told.push({ entry: typeof entry === "string" ? `${entry} ${path}` : entry, data: "" });
  }
}

function checkName(path: ByteString, mayBeRoot: boolean): void {
  const parts = path.split("/");
  const wrong = parts.some((part) => part === "" || part === "." || part === ".." || part.length > 255 || part.includes("\0"));
  if (path === "" ? !mayBeRoot : wrong || path.length > 4095) throw new RangeError(`a name that is not clean: ${JSON.stringify(path)}`);
}

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function tree(bytes: Uint8Array, size: number): Promise<readonly Told[]> {
  const sink = new CheckSink();
  await applyLayer(pieces(bytes, size), sink);
  return sink.told;
}

/** Files of sizes that would be written out. */
const SMALL = 2 ** 22;

async function written(told: readonly Told[]): Promise<readonly Told[]> {
  const chunks: Uint8Array[] = [];
  const writer = await LayerWriter.open((chunk) => void chunks.push(Buffer.from(chunk)), { compression: "none" });
  for (const { entry, data } of told) {
    if (typeof entry === "string") {
      const [kind, ...name] = entry.split(" ");
      const path = name.join(" ") as ByteString;
      await (kind === "opaque" ? writer.opaque(path) : writer.whiteout(path));
    } else {
      await writer.entry(entry);
      if (data !== "") await writer.data(toBytes(data as ByteString));
    }
  }
  await writer.end();
  return tree(Buffer.concat(chunks), 1000);
}

/** Without what two spellings of the same say differently: holes that were written out, the order of attributes. */
function plain({ entry, data }: Told): Told {
  if (typeof entry === "string") return { entry, data };
  const { extents, xattrs, ...rest } = entry;
  const whole = Buffer.alloc(entry.size);
  let at = 0;
  for (const { offset, length } of extents ?? [{ offset: 0, length: entry.size }]) {
    whole.write(data.slice(at, at + length), offset, "latin1");
    at += length;
  }
  const sorted = xattrs?.map(({ name, value }) => ({ name, value: Buffer.from(value) })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return { entry: { ...rest, ...(sorted === undefined || sorted.length === 0 ? {} : { xattrs: sorted }) }, data: whole.toString("latin1") };
}

fuzz({
  name: "the tar reader",
  seeds: SEEDS,
  words: ["../", "/", ".wh.", ".wh..wh..opq", "ustar  \0", "ustar\x0000", records([["path", "../a"]]), records(SPARSE), "\0".repeat(512)],
  slowest: 1000,
  run: async (input) => {
    const told = await tree(input, input.length + 1);
    expect(await tree(input, 97)).toEqual([...told]);
    if (told.some(({ entry }) => typeof entry !== "string" && entry.size > SMALL)) return;
    expect((await written(told)).map(plain)).toEqual(told.map(plain));
  },
});

/** Mutations of a header fail at its checksum; here it is made right again, so that they get further. */
fuzz({
  name: "the tar reader behind its checksums",
  seeds: SEEDS,
  words: ["../", "/", ".wh.", ".wh..wh..opq", "ustar  \0", "ustar\x0000", records([["path", "../a"]]), records(SPARSE), "\0".repeat(512)],
  slowest: 1000,
  run: async (input) => {
    const told = await tree(repaired(input), 512);
    if (told.some(({ entry }) => typeof entry !== "string" && entry.size > SMALL)) return;
    expect((await written(told)).map(plain)).toEqual(told.map(plain));
  },
});

function repaired(input: Uint8Array): Buffer {
  const bytes = Buffer.from(input);
  for (let at = 0; at + 512 <= bytes.length; at += 512) {
    const block = bytes.subarray(at, at + 512);
    if (!/^\0*ustar/.test(block.toString("latin1", 257, 262))) continue;
    block.fill(0x20, 148, 156);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  }
  return bytes;
}
