// What a copy moves, in which order, and what it leaves alone.
import { describe, expect, test } from "bun:test";
import { digestOf } from "../../src/base/digest.ts";
import { TeuError } from "../../src/base/errors.ts";
import { ArchiveWriter } from "../../src/image/archives/archive-writer.ts";
import { DirectoryDestination } from "../../src/image/archives/directory.ts";
import { openOciArchive } from "../../src/image/archives/oci-archive.ts";
import { OciDirectoryDestination, openOciDirectory } from "../../src/image/archives/oci-directory.ts";
import { copyImage } from "../../src/image/copy/copy.ts";
import { addToList, annotateInList, createList, ListSource, removeFromList } from "../../src/image/copy/manifest-list.ts";
import type { LayerEvent } from "../../src/image/ports/progress.ts";
import type { ImageDestination, ImageSource, ManifestBytes } from "../../src/image/ports/transport.ts";
import { EMPTY_DESCRIPTOR } from "../../src/spec/image/artifact.ts";
import type { Descriptor } from "../../src/spec/image/descriptor.ts";
import type { ImageManifest } from "../../src/spec/image/manifest.ts";
import { layerType, OCI_MANIFEST } from "../../src/spec/image/media-types.ts";
import { encodeManifest, parseManifest } from "../../src/spec/image/parse-manifest.ts";
import { withRoots } from "../support/roots.ts";
import { AMD64, ARM64, blobOf, type MadeImage, makeImage, makeIndex, writeLayout } from "./fixture.ts";

const platform = AMD64;

function manifestOf(fields: Pick<ImageManifest, "config" | "layers"> & Partial<ImageManifest>): ManifestBytes {
  const bytes = encodeManifest({ schemaVersion: 2, mediaType: OCI_MANIFEST, ...fields });
  return { bytes, mediaType: OCI_MANIFEST, digest: digestOf(bytes) };
}

/** A source that gives images from memory, and notes how many blobs are read at once. */
function memorySource(root: ManifestBytes, images: readonly MadeImage[], gate?: () => Promise<void>) {
  const blobs = new Map(images.flatMap((image) => image.blobs).map((blob) => [blob.descriptor.digest, blob.bytes]));
  const manifests = new Map(images.map(({ manifest }) => [manifest.digest, manifest]));
  const seen = { reading: 0, most: 0, asked: [] as string[] };
  const source: ImageSource = {
    name: "memory",
    seekable: true,
    manifest: async (digest) => {
      const found = digest === undefined ? root : manifests.get(digest);
      if (found === undefined) throw new TeuError("not-found", `no manifest ${digest}`);
      return found;
    },
    blob: async ({ digest }) => {
      seen.asked.push(digest);
      const bytes = blobs.get(digest);
      if (bytes === undefined) throw new TeuError("not-found", `no blob ${digest}`);
      return (async function* () {
        seen.reading++;
        seen.most = Math.max(seen.most, seen.reading);
        try {
          await gate?.();
          yield bytes;
        } finally {
          seen.reading--;
        }
      })();
    },
    [Symbol.asyncDispose]: async () => {},
  };
  return { source, seen };
}

/** A destination that writes down what is done to it. */
function notingDestination(accepts?: readonly string[]) {
  const log: string[] = [];
  const destination: ImageDestination = {
    name: "noting",
    ...(accepts === undefined ? {} : { accepts }),
    hasBlob: async () => false,
    putBlob: async (descriptor, open) => {
      for await (const _ of await open(0));
      log.push(`blob ${descriptor.digest}`);
    },
    putManifest: async ({ digest }, { named }) => void log.push(`${named ? "named" : "manifest"} ${digest}`),
    commit: async () => void log.push("commit"),
    [Symbol.asyncDispose]: async () => {},
  };
  return { destination, log };
}

describe("a copy", () => {
  test("goes from the inside out, moves a shared blob once, and three at a time", () =>
    withRoots(async (roots) => {
      const [amd, arm] = [await makeImage(roots.directory), await makeImage(roots.directory, { platform: ARM64 })];
      const index = makeIndex([
        { ...amd, platform: AMD64 },
        { ...arm, platform: ARM64 },
      ]);
      const { source, seen } = memorySource(index, [amd, arm], () => Bun.sleep(5));
      const { destination, log } = notingDestination();
      await copyImage(source, destination, { platform, all: true, parallel: 2 });
      expect(log.slice(-3)).toEqual([`manifest ${arm.manifest.digest}`, `named ${index.digest}`, "commit"]);
      const blobs = log.filter((line) => line.startsWith("blob"));
      expect(blobs.length).toBe(5); // two configurations, two layers of their own, one shared
      expect(new Set(blobs).size).toBe(5);
      expect(seen.most).toBe(2);
    }));

  test("of a layer that is fetched elsewhere leaves it there", () =>
    withRoots(async (roots) => {
      const image = await makeImage(roots.directory);
      const foreign: Descriptor = {
        mediaType: layerType("oci", "gzip", { nondistributable: true }),
        digest: digestOf("elsewhere"),
        size: 9,
        urls: ["https://example.com/layer"],
      };
      const [config] = image.blobs;
      const manifest = manifestOf({ config: config?.descriptor ?? EMPTY_DESCRIPTOR, layers: [foreign] });
      const { source, seen } = memorySource(manifest, [image]);
      const { destination, log } = notingDestination();
      await copyImage(source, destination, { platform });
      expect(seen.asked).toEqual([config?.descriptor.digest ?? ""]);
      expect(log.at(-2)).toBe(`named ${manifest.digest}`);
    }));

  test("of an artifact keeps it as it is, takes small content from its descriptor, and never makes it docker's", async () => {
    const bill = blobOf("application/spdx+json", new TextEncoder().encode("{}\n"));
    const manifest = manifestOf({ artifactType: "application/spdx+json", config: EMPTY_DESCRIPTOR, layers: [bill.descriptor] });
    const { source, seen } = memorySource(manifest, [{ blobs: [bill], manifest }]);
    const { destination, log } = notingDestination();
    expect((await copyImage(source, destination, { platform })).manifest.digest).toBe(manifest.digest);
    expect(seen.asked).toEqual([bill.descriptor.digest]);
    expect(log).toContain(`blob ${EMPTY_DESCRIPTOR.digest}`);
    await expect(copyImage(source, destination, { platform, format: "docker" })).rejects.toThrow(/convert to docker format/);
  });

  test("takes what refers to an image along, through a layout and an archive", () =>
    withRoots(async (roots) => {
      const image = await makeImage(roots.directory);
      await writeLayout(roots.path("a"), "x", image.manifest, [image]);
      const { mediaType, digest, bytes } = image.manifest;
      const signature = manifestOf({
        artifactType: "application/x.sig",
        config: EMPTY_DESCRIPTOR,
        layers: [EMPTY_DESCRIPTOR],
        subject: { mediaType, digest, size: bytes.length },
      });
      {
        await using layout = await OciDirectoryDestination.open(roots.path("a"), "x");
        await layout.putBlob(EMPTY_DESCRIPTOR, async () => new Blob(["{}"]).stream());
        await layout.putManifest(signature, { named: false });
        await layout.putManifest(image.manifest, { named: true });
        await layout.commit();
      }
      {
        await using source = await openOciDirectory(roots.path("a"), { reference: "x" });
        await using writer = await ArchiveWriter.open({ path: roots.path("b.tar") }, { format: "oci", temporary: "/tmp", platform });
        await copyImage(source, writer.image(["x"]), { platform, referrers: true });
        await writer.finish();
      }
      await using archive = await openOciArchive(roots.path("b.tar"), { reference: "x" }, { temporary: "/tmp" });
      expect((await archive.referrers(digest)).map((found) => found.digest)).toEqual([signature.digest]);
    }));

  test("goes to further destinations, and skips what is there", () =>
    withRoots(async (roots) => {
      const image = await makeImage(roots.directory);
      const { source } = memorySource(image.manifest, [image]);
      {
        await using one = await OciDirectoryDestination.open(roots.path("layout"), "1");
        await using two = await OciDirectoryDestination.open(roots.path("layout"), "2");
        const events: LayerEvent[] = [];
        const onProgress = (event: { readonly kind: string }) => void events.push(event as LayerEvent);
        const result = await copyImage(source, one, { platform, additional: [two], onProgress });
        expect(result.blobs).toEqual({ copied: 3, present: 0 });
        expect(events.filter(({ state }) => state === "downloaded").length).toBe(2); // layers only
        expect(events.filter(({ state }) => state === "present").length).toBe(2);
      }
      for (const reference of ["1", "2"]) {
        await using found = await openOciDirectory(roots.path("layout"), { reference });
        expect((await found.manifest()).digest).toBe(image.manifest.digest);
      }
    }));

  test("tells the failure that came first, and stops the others", () =>
    withRoots(async (roots) => {
      const image = await makeImage(roots.directory);
      const missing = blobOf(layerType("oci", "gzip"), new TextEncoder().encode("never given"));
      const [config, ...layers] = image.blobs;
      const descriptors = [missing, ...layers].map(({ descriptor }) => descriptor);
      const manifest = manifestOf({ config: config?.descriptor ?? EMPTY_DESCRIPTOR, layers: descriptors });
      const { source } = memorySource(manifest, [image]);
      await using destination = await DirectoryDestination.open(roots.path("dir"));
      await expect(copyImage(source, destination, { platform, parallel: 1 })).rejects.toThrow(`no blob ${missing.descriptor.digest}`);
    }));

  test("ends when it is told to", () =>
    withRoots(async (roots) => {
      const image = await makeImage(roots.directory);
      const stop = new AbortController();
      const { source } = memorySource(image.manifest, [image], async () => stop.abort(new Error("enough")));
      await using destination = await DirectoryDestination.open(roots.path("dir"));
      await expect(copyImage(source, destination, { platform, signal: stop.signal })).rejects.toThrow("enough");
    }));
});

describe("a manifest list", () => {
  test("is made of images by their configuration, changed, and pushed whole", () =>
    withRoots(async (roots) => {
      const [amd, arm] = [await makeImage(roots.directory), await makeImage(roots.directory, { platform: ARM64 })];
      const sources = [amd, arm].map((image) => memorySource(image.manifest, [image]).source);
      let list = createList({ of: "test" });
      for (const source of [...sources, ...sources]) list = await addToList(list, source);
      expect(list.manifests.map((entry) => [entry.digest, entry.platform])).toEqual([
        [amd.manifest.digest, AMD64],
        [arm.manifest.digest, ARM64],
      ]);
      list = annotateInList(list, arm.manifest.digest, { variant: "v8", osFeatures: ["sse4"], annotations: { a: "b" } });
      expect(list.manifests[1]).toMatchObject({ platform: { ...ARM64, variant: "v8", "os.features": ["sse4"] }, annotations: { a: "b" } });
      expect(removeFromList(list, amd.manifest.digest).manifests.length).toBe(1);
      expect(() => removeFromList(list, digestOf("none"))).toThrow(/find sha256:.* in the list/);

      const asSource = new ListSource("list", list, sources);
      await using destination = await OciDirectoryDestination.open(roots.path("layout"), "list");
      const { manifest } = await copyImage(asSource, destination, { platform, all: true });
      expect(parseManifest(manifest.bytes).index).toEqual(list);
      await expect(addToList(createList(), asSource)).rejects.toThrow(/index of 2 images; add all of them with --all/);
      expect((await addToList(createList(), asSource, { all: true })).manifests.length).toBe(2);
    }));
});
