// Registries that are wrong, broken or hostile: the pull ends with one sentence that says what is wrong, and leaves nothing that counts for
// an image; from an honest registry the same name is pulled afterwards.
import { describe, expect } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Digest, digestOf } from "../../../src/base/digest.ts";
import { OCI_MANIFEST } from "../../../src/spec/image/media-types.ts";
import { archive, directory, file, header } from "../../layers/tar-builder.ts";
import { type FakeOptions, startFakeRegistry } from "../../registry/fake-registry.ts";
import { requires } from "../../support/requires.ts";
import { type TestRoots, withRoots } from "../../support/roots.ts";
import { teu } from "../../support/teu.ts";
import { imageOf, noiseLayer, type PoolImage, type PoolLayer } from "./pool.ts";
import { expectQuiet, expectSound, namesIn } from "./sound.ts";

const { test } = requires("root");

const KiB = 1024;
const good = imageOf("pool/x", [noiseLayer(1, 300 * KiB), noiseLayer(2, 200 * KiB)]);
const [, top] = good.layers as readonly [PoolLayer, PoolLayer];

function manifestOf(image: PoolImage): NonNullable<FakeOptions["manifests"]> {
  const { bytes, descriptor } = image.manifest;
  const manifest = { bytes, mediaType: OCI_MANIFEST, digest: descriptor.digest };
  return { 1: manifest, [descriptor.digest]: manifest };
}

const blobsOf = (image: PoolImage) =>
  new Map<Digest, Uint8Array>([...image.layers, image.config].map((blob) => [blob.descriptor.digest, blob.bytes]));

/** A registry with an image. */
const having = (image: PoolImage, more: FakeOptions = {}): FakeOptions => ({
  manifests: manifestOf(image),
  blobs: blobsOf(image),
  ...more,
});

/** With other bytes for the top layer. */
function lying(bytes: Uint8Array): FakeOptions {
  return having(good, { blobs: new Map([...blobsOf(good), [top.descriptor.digest, bytes]]) });
}

/** Answers requests of a kind of its own way. */
const answering = (kind: "manifests" | "blobs", answer: (url: URL) => Response): FakeOptions =>
  having(good, { before: ({ url }) => (url.includes(`/${kind}/`) ? answer(new URL(url)) : undefined) });

function endless(): Response {
  const piece = new Uint8Array(64 * KiB).fill(0x20);
  const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => controller.enqueue(piece);
  return new Response(new ReadableStream({ pull }), { headers: { "content-type": OCI_MANIFEST } });
}

/** An image with the top layer's tar replaced, digests and all. */
function withLayer(tar: Buffer, said: Digest = digestOf(tar)): FakeOptions {
  const bytes = gzipSync(tar);
  const descriptor = { ...top.descriptor, digest: digestOf(bytes), size: bytes.length };
  return having(imageOf("pool/x", [good.layers[0] as PoolLayer, { bytes, descriptor, diffId: said, files: new Map() }]));
}

const turned = (bytes: Uint8Array) => bytes.map((byte, at) => (at === 1000 ? byte ^ 1 : byte));
const claiming = (changes: object) => having(imageOf("pool/x", good.layers, changes));

interface Case {
  readonly name: string;
  readonly registry: FakeOptions;
  readonly says: RegExp;
}

// biome-ignore format: table
const CASES: readonly Case[] = [
  { name: "gives other bytes of the right number", registry: lying(turned(top.bytes)), says: /layer sha256:[0-9a-f]{64} is not valid: gzip data after \d+ bytes/ },
  { name: "gives more bytes", registry: lying(Buffer.concat([top.bytes, Buffer.alloc(5000)])), says: /there are more than its \d+ bytes/ },
  { name: "gives fewer bytes", registry: lying(top.bytes.subarray(0, 50_000)), says: /another range/ },
  { name: "has lost a layer", registry: lying(new Uint8Array()), says: /connection was closed/ },
  { name: "fails at layers", registry: answering("blobs", () => new Response("oops", { status: 500 })), says: /500/ },
  { name: "fails at manifests", registry: answering("manifests", () => new Response("oops", { status: 500 })), says: /500/ },
  { name: "has no such image", registry: having(good, { manifests: {} }), says: /not found|manifest unknown|MANIFEST_UNKNOWN/i },
  { name: "gives a page for a manifest", registry: answering("manifests", () => new Response("<html>", { headers: { "content-type": "text/html" } })), says: /manifest/ },
  { name: "gives a manifest without an end", registry: answering("manifests", endless), says: /longer than \d+ bytes/ },
  { name: "sends in circles", registry: answering("blobs", (url) => Response.redirect(url.href, 307)), says: /more than \d+ redirects/ },
  { name: "sends to no HTTP address", registry: answering("blobs", () => new Response(null, { status: 307, headers: { location: "file:///etc/passwd" } })), says: /no HTTP address/ },
  { name: "says a size below zero", registry: claiming({ layers: [{ ...top.descriptor, size: -1 }] }), says: /layers\[0\]\.size/ },
  { name: "says a size beyond all", registry: claiming({ layers: [{ ...top.descriptor, size: 1e300 }] }), says: /layers\[0\]\.size/ },
  { name: "says a digest that leads out of the store", registry: claiming({ layers: [{ ...top.descriptor, digest: "sha256:../../../etc" }] }), says: /layers\[0\]\.digest/ },
  { name: "lists layers that its configuration does not know", registry: claiming({ layers: [top.descriptor] }), says: /rootfs\.diff_ids: has 2 entries, and the manifest has 1 layers/ },
  { name: "says another diff ID", registry: withLayer(archive(file("a", "b")), digestOf("something else")), says: /diff/i },
  { name: "packs a layer that ends in the middle", registry: withLayer(archive(file("a", "b".repeat(600))).subarray(0, 700)), says: /layer|archive/ },
  { name: "packs a file of a terabyte that is not there", registry: withLayer(archive(header({ name: "a", size: "\x80\0\0\0\0\0\x01\0\0\0\0\0" }))), says: /layer|archive|ends/ },
  { name: "packs what leads out of the tree", registry: withLayer(archive(file("../../../../tmp/teu-escaped", "b"))), says: /\.\./ },
  { name: "packs a link and a file through it", registry: withLayer(archive(header({ name: "a", flag: "2", target: "/tmp" }), directory("a/"), file("a/../../teu-escaped", "b"))), says: /\.\./ },
];

/** Nothing is named, unpacked under a final name, or claimed. */
async function expectNothing(roots: TestRoots): Promise<void> {
  await expectQuiet(roots);
  expect(namesIn(roots.root).size).toBe(0);
  expect(readdirSync(join(roots.root, "layers")).filter((name) => name.startsWith("."))).toEqual([]);
  expect(readdirSync(roots.runRoot)).toEqual([]);
  await expectSound(roots.root, [good], [], "after the failure");
}

describe("a pull from a registry that", () => {
  for (const { name, registry: options, says } of CASES) {
    test(`${name} fails with one sentence and leaves no image`, () =>
      withRoots(async (roots) => {
        let host: string;
        {
          await using registry = startFakeRegistry(options);
          host = registry.host;
          const { status, stdout, stderr } = await teu(["pull", `${host}/pool/x:1`], { roots });
          expect(status).toBe(1);
          expect(stdout).not.toContain("Digest:");
          expect(stderr).toMatch(/^teu: [^\n]+\n$/);
          expect(stderr).toMatch(says);
          await expectNothing(roots);
        }
        await using honest = startFakeRegistry(having(good));
        expect(await teu(["pull", `${honest.host}/pool/x:1`], { roots })).toMatchObject({ status: 0, stderr: "" });
        await expectSound(roots.root, [good], ["pool/x:1"], "from an honest registry");
      }));
  }

  test("another digest than the one that was asked for fails", () =>
    withRoots(async (roots) => {
      const { descriptor } = good.manifest;
      const other = imageOf("pool/x", [top]);
      const found = { bytes: other.manifest.bytes, mediaType: OCI_MANIFEST, digest: descriptor.digest };
      await using registry = startFakeRegistry(having(other, { manifests: { [descriptor.digest]: found } }));
      const { status, stderr } = await teu(["pull", `${registry.host}/pool/x@${descriptor.digest}`], { roots });
      expect({ status, stderr }).toMatchObject({ status: 1, stderr: expect.stringMatching(/^teu: [^\n]*digest[^\n]*\n$/) });
      expect(namesIn(roots.root).size).toBe(0);
    }));
});
