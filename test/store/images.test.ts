import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Store } from "../../src/image/store/store.ts";
import { withRoots } from "../support/roots.ts";
import { imageOf, indexOf, pull, putBlobs, storeAt, unpack } from "./fixtures/images.ts";

const NAME = "docker.io/library/debian:latest";
const OTHER = "docker.io/library/debian:12";
const ELSEWHERE = "localhost:5000/debian:12";
const IMAGE = imageOf([1, 2]);
/** The same lower layer. */
const SIBLING = imageOf([1, 3]);

function withStore(body: (store: Store, root: string) => Promise<void>): Promise<void> {
  return withRoots(async ({ root }) => {
    const store = storeAt(root);
    try {
      await body(store, root);
    } finally {
      store.close();
    }
  });
}

const names = (root: string): unknown[] =>
  JSON.parse(readFileSync(join(root, "content/index.json"), "utf8")).manifests.map(
    (entry: { annotations?: Record<string, string> }) => entry.annotations?.["org.opencontainers.image.ref.name"],
  );

describe("an image", () => {
  test("is not there before it is committed, and is named, listed and exported after", () =>
    withStore(async (store, root) => {
      await using destination = store.destination({ imageName: NAME, repository: "docker.io/library/debian" });
      await putBlobs(destination, IMAGE);
      await destination.putManifest(IMAGE.manifest, { named: true });
      expect(store.names.list()).toEqual([]);
      await destination.commit();
      const image = store.names.resolve(NAME);
      expect(image).toMatchObject({
        id: IMAGE.config.descriptor.digest,
        digest: IMAGE.manifest.digest,
        manifest: IMAGE.manifest.digest,
        names: [NAME],
        repoDigests: [`docker.io/library/debian@${IMAGE.manifest.digest}`],
      });
      for (const text of [image.id, image.id.slice(7, 19), image.id.slice(0, 15), image.repoDigests[0] ?? "", image.digest]) {
        expect(store.names.resolve(text)).toEqual(image);
      }
      expect(names(root)).toEqual([NAME]);
    }));

  test("that lacks a blob is not committed, and nothing is named", () =>
    withStore(async (store) => {
      await using destination = store.destination({ imageName: NAME });
      await putBlobs(destination, { ...IMAGE, layers: IMAGE.layers.slice(1) });
      await destination.putManifest(IMAGE.manifest, { named: true });
      expect(await destination.commit().catch((error: unknown) => error)).toMatchObject({ code: "not-found" });
      expect(store.names.find(NAME)).toBeUndefined();
    }));

  test("of an index means the manifest of the host's platform; others may be missing", () =>
    withStore(async (store) => {
      const arm = imageOf([8], { architecture: "arm64" });
      const index = indexOf([
        [arm, "arm64"],
        [IMAGE, "amd64"],
      ]);
      await using destination = store.destination({ imageName: NAME });
      await putBlobs(destination, IMAGE);
      await destination.putManifest(IMAGE.manifest, { named: false });
      await destination.putManifest(index, { named: true });
      await destination.commit();
      expect(store.names.resolve(NAME)).toMatchObject({
        id: IMAGE.config.descriptor.digest,
        digest: index.digest,
        manifest: IMAGE.manifest.digest,
      });
      expect((await store.config(store.names.resolve(NAME))).architecture).toBe("amd64");
      expect((await store.check()).problems).toEqual([]);
    }));

  test("is read back byte for byte as a source, which nothing takes away meanwhile", () =>
    withStore(async (store) => {
      await pull(store, IMAGE, { imageName: NAME });
      await using source = store.source(NAME);
      await store.removeImage(NAME);
      expect(await source.manifest()).toEqual(IMAGE.manifest);
      for (const { descriptor, bytes } of IMAGE.layers) {
        expect(Buffer.concat(await Array.fromAsync(await source.blob(descriptor, { offset: 10 })))).toEqual(
          Buffer.from(bytes.subarray(10)),
        );
      }
      await source[Symbol.asyncDispose]();
      await store.collect();
      expect(store.blobs.has(IMAGE.manifest.digest)).toBe(false);
    }));

  test("whose name goes to another dangles until it is pruned", () =>
    withStore(async (store, root) => {
      await pull(store, IMAGE, { imageName: NAME });
      await pull(store, SIBLING, { imageName: NAME });
      expect(store.names.list().map(({ names }) => names.length)).toContainEqual(0);
      await store.collect();
      expect(store.names.resolve(IMAGE.config.descriptor.digest).names).toEqual([]);
      const removed = await store.pruneImages();
      expect(removed).toMatchObject({ untagged: [], deleted: [IMAGE.config.descriptor.digest] });
      expect(store.blobs.has(SIBLING.layers[0]?.descriptor.digest ?? SIBLING.manifest.digest)).toBe(true);
      expect(names(root)).toEqual([NAME]);
    }));

  test("keeps what refers to it", () =>
    withStore(async (store) => {
      const subject = { mediaType: IMAGE.manifest.mediaType, digest: IMAGE.manifest.digest, size: IMAGE.manifest.bytes.length };
      const signature = imageOf([9], { subject });
      await pull(store, IMAGE, { imageName: NAME });
      await using destination = store.destination();
      await putBlobs(destination, signature);
      await destination.putManifest(signature.manifest, { named: false });
      await destination.commit();
      await destination[Symbol.asyncDispose]();
      await store.collect();
      expect(store.referrers(IMAGE.manifest.digest).map(({ digest }) => digest)).toEqual([signature.manifest.digest]);
      await store.removeImage(NAME);
      expect(store.blobs.has(signature.manifest.digest)).toBe(false);
    }));
});

describe("removing an image", () => {
  test("by one of its names takes that name, and with the last one the image and the layers that no other has", () =>
    withStore(async (store, root) => {
      await pull(store, IMAGE, { imageName: NAME, repository: "docker.io/library/debian" });
      await pull(store, SIBLING, { imageName: "localhost/sibling:1" });
      store.names.tag(OTHER, IMAGE.manifest.digest);
      await unpack(store, IMAGE);
      await unpack(store, SIBLING);
      expect(await store.removeImage(OTHER)).toEqual({ untagged: [OTHER], deleted: [], reclaimed: 0 });
      const removed = await store.removeImage(NAME);
      expect(removed.untagged).toEqual([NAME, `docker.io/library/debian@${IMAGE.manifest.digest}`]);
      expect<unknown[]>([...removed.deleted]).toEqual([IMAGE.config.descriptor.digest, IMAGE.chainIds[1]]);
      expect(removed.reclaimed).toBeGreaterThan(8000);
      expect(existsSync(join(root, "layers", (IMAGE.chainIds[1] ?? "").slice(7)))).toBe(false);
      expect(store.layers.get(SIBLING.chainIds[0] ?? IMAGE.manifest.digest)).toBeDefined();
      expect((await store.check()).problems).toEqual([]);
    }));

  test("by its ID is refused while it has several names, unless it is forced", () =>
    withStore(async (store) => {
      await pull(store, IMAGE, { imageName: NAME });
      store.names.tag(ELSEWHERE, IMAGE.manifest.digest);
      const id = IMAGE.config.descriptor.digest;
      expect(await store.removeImage(id).catch((error: unknown) => error)).toMatchObject({ code: "conflict" });
      expect((await store.removeImage(id.slice(7, 19), { force: true })).untagged).toEqual([NAME, ELSEWHERE]);
      expect(store.names.list()).toEqual([]);
    }));

  test("that a container uses is refused, naming it; by force the name goes and the content stays until the container goes", () =>
    withStore(async (store) => {
      await pull(store, IMAGE, { imageName: NAME });
      await unpack(store, IMAGE);
      const manifest = IMAGE.manifest.digest;
      store.roots.registerContainer({ containerId: "web-1", manifest, chainId: IMAGE.chainIds[1] });
      expect(await store.removeImage(NAME).catch((error: unknown) => error)).toHaveProperty("message", expect.stringContaining("web-1"));
      expect(await store.removeImage(NAME, { force: true, isRunning: () => true }).catch((error: unknown) => error)).toMatchObject({
        code: "conflict",
      });
      const removed = await store.removeImage(NAME, { force: true });
      expect<unknown[]>([...removed.deleted]).toEqual([IMAGE.config.descriptor.digest]);
      expect(store.blobs.has(manifest)).toBe(true);
      expect(store.layers.get(IMAGE.chainIds[0] ?? manifest)).toBeDefined();
      store.roots.releaseContainer("web-1");
      expect((await store.collect()).layers.length).toBe(2);
      expect(store.blobs.has(manifest)).toBe(false);
    }));
});

describe("pruning", () => {
  test("with all takes named images that no container uses, filtered by label and age", () =>
    withStore(async (store) => {
      const labelled = imageOf([5], { labels: { keep: "yes" } });
      await pull(store, IMAGE, { imageName: NAME });
      await pull(store, labelled, { imageName: OTHER });
      expect((await store.pruneImages()).deleted).toEqual([]);
      expect((await store.pruneImages({ all: true, until: Date.parse("2025-01-01") })).deleted).toEqual([]);
      const removed = await store.pruneImages({ all: true, labels: [{ key: "keep", value: "yes", negated: true }] });
      expect(removed.untagged).toEqual([NAME]);
      store.roots.registerContainer({ containerId: "c", manifest: labelled.manifest.digest, chainId: undefined });
      expect((await store.pruneImages({ all: true })).untagged).toEqual([]);
    }));

  test("never takes what a lease protects", () =>
    withStore(async (store) => {
      await pull(store, IMAGE, { imageName: NAME });
      using lease = store.lease();
      store.useImage(NAME, lease);
      expect((await store.pruneImages({ all: true })).untagged).toEqual([]);
    }));

  test("by policy takes dangling images by age and count, and never named ones", () =>
    withRoots(async ({ root }) => {
      let time = 1_000_000_000_000;
      const store = storeAt(root, { now: () => time });
      for (const seed of [11, 12, 13]) {
        await pull(store, imageOf([seed]), { imageName: NAME });
        time += 1000;
      }
      expect((await store.applyPolicy({ maxCount: 1 })).deleted).toEqual([imageOf([11]).config.descriptor.digest]);
      time += 100_000;
      expect((await store.applyPolicy({ maxAge: 50_000 })).deleted).toEqual([imageOf([12]).config.descriptor.digest]);
      expect(store.names.resolve(NAME).id).toBe(imageOf([13]).config.descriptor.digest);
      store.close();
    }));
});

test("usage counts each layer once, and tells what an image shares", () =>
  withStore(async (store) => {
    await pull(store, IMAGE, { imageName: NAME });
    await pull(store, SIBLING, { imageName: OTHER });
    const { images, blobs } = store.usage();
    expect(images).toMatchObject({ total: 2, active: 0, size: blobs.size, reclaimable: blobs.size });
    expect(images.each.map(({ shared }) => shared)).toEqual([4096, 4096]);
    store.roots.registerContainer({ containerId: "c", manifest: IMAGE.manifest.digest, chainId: undefined });
    const used = store.usage();
    expect(used.images.active).toBe(1);
    expect(used.images.reclaimable).toBe(used.images.each.find(({ containers }) => containers.length === 0)?.unique ?? 0);
  }));

test("skopeo reads an image of the store by its name", () =>
  withStore(async (store, root) => {
    await pull(store, IMAGE, { imageName: NAME });
    const child = Bun.spawnSync(["skopeo", "inspect", "--raw", `oci:${root}/content:${NAME}`]);
    expect(child.stderr.toString()).toBe("");
    expect(Buffer.from(child.stdout)).toEqual(Buffer.from(IMAGE.manifest.bytes));
  }));
