// Layouts and archives that lie: nothing of the host is read, nothing is believed that does not hold, and nothing is left behind.
import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Digest, digestOf, hexOf } from "../../src/base/digest.ts";
import { ArchiveWriter } from "../../src/image/archives/archive-writer.ts";
import { DirectoryDestination } from "../../src/image/archives/directory.ts";
import { openDockerArchive } from "../../src/image/archives/docker-archive.ts";
import { openOciArchive } from "../../src/image/archives/oci-archive.ts";
import { OciDirectoryDestination, openOciDirectory } from "../../src/image/archives/oci-directory.ts";
import { paddingOf, TAR_END, tarHeader } from "../../src/image/archives/tar-header.ts";
import { copyImage } from "../../src/image/copy/copy.ts";
import type { ImageSource, ManifestBytes } from "../../src/image/ports/transport.ts";
import { OCI_INDEX } from "../../src/spec/image/media-types.ts";
import { encodeManifest } from "../../src/spec/image/parse-manifest.ts";
import { type TestRoots, withRoots } from "../support/roots.ts";
import { runOk } from "../support/run.ts";
import { AMD64, makeImage, writeLayout } from "./fixture.ts";

const options = { temporary: "/tmp" };

interface Laid {
  readonly layout: string;
  readonly digest: Digest;
  /** Path of the first layer's blob. */
  readonly layer: string;
}

async function layoutWith(roots: TestRoots): Promise<Laid> {
  const image = await makeImage(roots.directory);
  const layout = roots.path("layout");
  const digest = await writeLayout(layout, "x", image.manifest, [image]);
  return { layout, digest, layer: join(layout, "blobs/sha256", hexOf(image.blobs[1]?.descriptor.digest ?? digest)) };
}

/** What copying a layout to a new one says, after nothing was named there. */
async function copyError(roots: TestRoots, open: () => Promise<ImageSource>): Promise<string> {
  const out = roots.path("out");
  try {
    await using source = await open();
    await using destination = await OciDirectoryDestination.open(out, "x");
    await copyImage(source, destination, { platform: AMD64 });
    return "it was copied";
  } catch (error) {
    const left = readdirSync(roots.directory).includes("out") ? readdirSync(out) : [];
    expect(left).not.toContain("index.json");
    expect(left).not.toContain(".teu-partial");
    return error instanceof Error ? error.message : String(error);
  }
}

const LAYOUT_LIES: readonly [string, (laid: Laid) => void | Promise<void>, RegExp][] = [
  [
    "a blob that is a symbolic link",
    ({ layer }) => {
      rmSync(layer);
      symlinkSync("/etc/passwd", layer);
    },
    /symbolic links are not followed/,
  ],
  [
    "a directory of blobs that is a symbolic link",
    ({ layout }) => {
      rmSync(join(layout, "blobs"), { recursive: true });
      symlinkSync("/etc", join(layout, "blobs"));
    },
    /symbolic links are not followed/,
  ],
  [
    "a blob that is a FIFO",
    async ({ layer }) => {
      rmSync(layer);
      await runOk(["mkfifo", layer]);
    },
    /is not a regular file/,
  ],
  [
    "a blob that is a directory",
    ({ layer }) => {
      rmSync(layer);
      mkdirSync(layer);
    },
    /is not a regular file/,
  ],
  ["a blob that is missing", ({ layer }) => rmSync(layer), /it is missing/],
  ["a blob that is too short", ({ layer }) => truncateSync(layer, 10), /it has 10 bytes, not \d+/],
  ["a blob of other bytes", ({ layer }) => writeFileSync(layer, Buffer.alloc(readFileSync(layer).length)), /its digest is sha256:/],
  [
    "a manifest of other bytes",
    ({ layout, digest }) => {
      const path = join(layout, "blobs/sha256", hexOf(digest));
      writeFileSync(path, Buffer.alloc(readFileSync(path).length));
    },
    /its digest is sha256:/,
  ],
  [
    "a digest that is a path",
    ({ layout }) => {
      const path = join(layout, "index.json");
      writeFileSync(path, readFileSync(path, "utf8").replace(/sha256:[0-9a-f]{64}/, "sha256:../../../../etc/passwd"));
    },
    /is no digest/,
  ],
  [
    "an index that is too large",
    ({ layout }) => writeFileSync(join(layout, "index.json"), " ".repeat(5 * 1024 * 1024)),
    /more than 4194304/,
  ],
  ["an index of another kind", ({ layout }) => writeFileSync(join(layout, "index.json"), "[]"), /not valid/],
  [
    "a layout of another version",
    ({ layout }) => writeFileSync(join(layout, "oci-layout"), '{"imageLayoutVersion":"2.0.0"}'),
    /compatible/,
  ],
  ["no marker of a layout", ({ layout }) => rmSync(join(layout, "oci-layout")), /has no file oci-layout/],
];

describe("layouts", () => {
  test.each(LAYOUT_LIES)("%s", (_, lie, why) =>
    withRoots(async (roots) => {
      const laid = await layoutWith(roots);
      await lie(laid);
      expect(await copyError(roots, () => openOciDirectory(laid.layout))).toMatch(why);
    }),
  );

  test("an image is never guessed among several, and the names there are told", () =>
    withRoots(async (roots) => {
      const { layout } = await layoutWith(roots);
      const other = await makeImage(roots.directory, { salt: "other" });
      await writeLayout(layout, "y", other.manifest, [other]);
      await expect(openOciDirectory(layout)).rejects.toThrow(/holds 2 images, choose one by name or @number: it holds x, y/);
      await expect(openOciDirectory(layout, { reference: "z" })).rejects.toThrow(/find the image z in .*: it holds x, y/);
      await expect(openOciDirectory(layout, { index: 2 })).rejects.toThrow(/find image 2/);
    }));

  test("nothing is written into a directory that holds something else", () =>
    withRoots(async (roots) => {
      mkdirSync(roots.path("home"));
      writeFileSync(roots.path("home", "letter"), "dear");
      await expect(OciDirectoryDestination.open(roots.path("home"), "x")).rejects.toThrow(/not empty and holds no layout/);
      await expect(DirectoryDestination.open(roots.path("home"))).rejects.toThrow(/not empty and holds no image/);
      expect(readdirSync(roots.path("home"))).toEqual(["letter"]);
    }));

  test("what a killed writer left is gone after the next one", () =>
    withRoots(async (roots) => {
      const { layout } = await layoutWith(roots);
      mkdirSync(join(layout, ".teu-partial"));
      writeFileSync(join(layout, ".teu-partial/4194304-0"), "half"); // above any pid (proc(5), pid_max)
      const image = await makeImage(roots.directory, { salt: "c" });
      await writeLayout(layout, "z", image.manifest, [image]);
      expect(readdirSync(layout)).not.toContain(".teu-partial");
    }));
});

/** A tar of members; a number for a size that is declared and not there. */
function tarOf(
  members: readonly (readonly [name: string, content: string | Uint8Array | { readonly declared: number } | { readonly link: string }])[],
): Buffer {
  const parts: Uint8Array[] = [];
  for (const [name, content] of members) {
    if (typeof content === "object" && "declared" in content) {
      parts.push(tarHeader(name, content.declared));
    } else if (typeof content === "object" && "link" in content) {
      const header = Buffer.from(tarHeader(name, 0));
      header.write("2", 156);
      header.write(content.link, 157);
      header.fill(" ", 148, 156);
      header.write(
        `${header
          .reduce((sum, byte) => sum + byte, 0)
          .toString(8)
          .padStart(6, "0")}\0 `,
        148,
      );
      parts.push(header);
    } else {
      const bytes = Buffer.from(content);
      parts.push(tarHeader(name, bytes.length), bytes, new Uint8Array(paddingOf(bytes.length)));
    }
  }
  return Buffer.concat([...parts, TAR_END]);
}

const layerTar = tarOf([["hello", "hello\n"]]);
const config = (diffIds: readonly string[]) =>
  JSON.stringify({ architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: diffIds } });
const rows = (...layers: readonly string[]) => JSON.stringify([{ Config: "c.json", RepoTags: ["a:1"], Layers: layers }]);
const good = config([digestOf(layerTar)]);

const ARCHIVE_LIES: readonly [string, Buffer, RegExp][] = [
  ["no tar", Buffer.alloc(2048, "x"), /it is no tar/],
  ["a bit of a tar", tarOf([["a", "b"]]).subarray(0, 300), /cut short, or is no tar/],
  ["no manifest.json", tarOf([["a", "b"]]), /has no manifest.json/],
  ["docker before 1.10", tarOf([["repositories", "{}"]]), /before 1\.10/],
  ["a member that is cut short", tarOf([["manifest.json", { declared: 100_000 }]]), /is cut short/],
  ["a size beyond all measure", tarOf([["manifest.json", { declared: 2 ** 52 }]]), /is cut short/],
  ["a manifest.json that is too large", tarOf([["manifest.json", " ".repeat(5 * 1024 * 1024)]]), /more than 4194304/],
  ["a path out of the archive", tarOf([["manifest.json", rows("../../etc/passwd")]]), /must be a relative path/],
  ["an absolute path", tarOf([["manifest.json", rows("/etc/passwd")]]), /must be a relative path/],
  ["a configuration that is missing", tarOf([["manifest.json", rows("l.tar")]]), /configuration c.json is missing/],
  [
    "a layer that is missing",
    tarOf([
      ["manifest.json", rows("l.tar")],
      ["c.json", good],
    ]),
    /layer l.tar is missing/,
  ],
  [
    "more layers than the configuration has",
    tarOf([
      ["manifest.json", rows("l", "l")],
      ["c.json", good],
    ]),
    /lists 2 layers, its configuration 1/,
  ],
  [
    "a layer of other bytes",
    tarOf([
      ["manifest.json", rows("l.tar")],
      ["c.json", good],
      ["l.tar", tarOf([["hello", "other"]])],
    ]),
    /its digest is sha256:/,
  ],
  [
    "a link out of the archive",
    tarOf([
      ["manifest.json", rows("a/l.tar")],
      ["c.json", good],
      ["a/l.tar", { link: "../../../etc/passwd" }],
    ]),
    /outside of the archive/,
  ],
  [
    "a link to the host",
    tarOf([
      ["manifest.json", rows("l.tar")],
      ["c.json", good],
      ["l.tar", { link: "/etc/passwd" }],
    ]),
    /outside of the archive/,
  ],
  [
    "a link to itself",
    tarOf([
      ["manifest.json", rows("l.tar")],
      ["c.json", good],
      ["l.tar", { link: "l.tar" }],
    ]),
    /link to a link/,
  ],
];

describe("docker archives", () => {
  test.each(ARCHIVE_LIES)("%s", (_, bytes, why) =>
    withRoots(async (roots) => {
      writeFileSync(roots.path("a.tar"), bytes);
      expect(await copyError(roots, () => openDockerArchive(roots.path("a.tar"), {}, options))).toMatch(why);
    }),
  );

  test("docker's old link to a layer that came before is followed", () =>
    withRoots(async (roots) => {
      const members = tarOf([
        ["manifest.json", rows("b/layer.tar")],
        ["c.json", good],
        ["a/layer.tar", layerTar],
        ["b/layer.tar", { link: "../a/layer.tar" }],
      ]);
      writeFileSync(roots.path("a.tar"), members);
      expect(await copyError(roots, () => openDockerArchive(roots.path("a.tar"), { reference: "a:1" }, options))).toBe("it was copied");
    }));

  test("an archive that gzip or zstd cut short is refused", () =>
    withRoots(async (roots) => {
      writeFileSync(roots.path("a.tar"), tarOf([["manifest.json", "x".repeat(500_000)]]));
      for (const [tool, suffix] of [
        ["gzip", "gz"],
        ["zstd", "zst"],
      ] as const) {
        await runOk([tool, "-q", "-k", roots.path("a.tar")]);
        const path = roots.path(`a.tar.${suffix}`);
        truncateSync(path, readFileSync(path).length - 20);
        await expect(openOciArchive(path, {}, options)).rejects.toThrow(/^(read|keep)/);
      }
    }));

  test("an archive whose blobs did not all come is not there, nor is a part of it", () =>
    withRoots(async (roots) => {
      const { layout, layer } = await layoutWith(roots);
      truncateSync(layer, 10);
      await using source = await openOciDirectory(layout);
      const write = async () => {
        await using writer = await ArchiveWriter.open({ path: roots.path("a.tar") }, { ...options, platform: AMD64, format: "docker" });
        await copyImage(source, writer.image(["x"]), { platform: AMD64 });
        await writer.finish();
      };
      await expect(write()).rejects.toThrow(/it has 10 bytes/);
      expect(readdirSync(roots.directory).filter((name) => name.includes("a.tar"))).toEqual([]);
    }));
});

test("a write that fails leaves the archive that was there, one that succeeds removes what a killed one left", () =>
  withRoots(async (roots) => {
    const image = await makeImage(roots.directory);
    await writeLayout(roots.path("layout"), "x", image.manifest, [image]);
    const archives = roots.path("archives");
    mkdirSync(archives);
    writeFileSync(join(archives, ".a.tar.teu-partial-4194304-0"), "half"); // above any pid (proc(5), pid_max)
    const write = async (finish: boolean) => {
      await using source = await openOciDirectory(roots.path("layout"));
      await using writer = await ArchiveWriter.open({ path: join(archives, "a.tar") }, { ...options, platform: AMD64, format: "oci" });
      await copyImage(source, writer.image(["x"]), { platform: AMD64 });
      if (finish) await writer.finish();
    };
    await write(true);
    expect(readdirSync(archives)).toEqual(["a.tar"]);
    const before = readFileSync(join(archives, "a.tar"));
    await write(false);
    expect(readdirSync(archives)).toEqual(["a.tar"]);
    expect(readFileSync(join(archives, "a.tar")).equals(before)).toBe(true);
  }));

/** A source of manifests only. */
function sourceOf(root: ManifestBytes, others: (digest: Digest) => ManifestBytes): ImageSource {
  return {
    name: "hostile",
    seekable: true,
    manifest: async (digest) => (digest === undefined ? root : others(digest)),
    blob: async () => {
      throw new Error("no blob is to be asked for");
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

function indexOver(child: ManifestBytes): ManifestBytes {
  const { mediaType, digest, bytes } = child;
  const index = encodeManifest({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [{ mediaType, digest, size: bytes.length }] });
  return { bytes: index, mediaType: OCI_INDEX, digest: digestOf(index) };
}

describe("indexes", () => {
  test("indexes that are nested too deep are refused, whole or for one platform", () =>
    withRoots(async (roots) => {
      const image = await makeImage(roots.directory);
      const all = new Map<Digest, ManifestBytes>([[image.manifest.digest, image.manifest]]);
      let root = image.manifest;
      for (let depth = 0; depth < 10; depth++) {
        root = indexOver(root);
        all.set(root.digest, root);
      }
      const source = sourceOf(root, (digest) => all.get(digest) ?? root);
      for (const whole of [true, false]) {
        await using destination = await DirectoryDestination.open(roots.path(`out-${whole}`));
        await expect(copyImage(source, destination, { platform: AMD64, all: whole })).rejects.toThrow(/nested more than 4 deep/);
      }
    }));

  test("a source that answers with its own index for every digest is found out", () =>
    withRoots(async (roots) => {
      const image = await makeImage(roots.directory);
      const root = indexOver(image.manifest);
      await using destination = await DirectoryDestination.open(roots.path("out"));
      const copying = copyImage(
        sourceOf(root, () => root),
        destination,
        { platform: AMD64, all: true },
      );
      await expect(copying).rejects.toThrow(/its bytes have another digest/);
    }));
});
