import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Store } from "../../src/image/store/store.ts";
import { requires } from "../support/requires.ts";
import { withRoots } from "../support/roots.ts";
import { blobOf, bytesOf, imageOf, pull, storeAt, unpack } from "./fixtures/images.ts";

const NAME = "docker.io/library/debian:12";
const OTHER = "docker.io/library/other:1";
const IMAGE = imageOf([1, 2]);
const SECOND = imageOf([3]);
const DIGEST = IMAGE.layers[0]?.descriptor.digest ?? IMAGE.manifest.digest;

/** Two images, one of them unpacked. */
function withImages(body: (store: Store, root: string) => Promise<void>): Promise<void> {
  return withRoots(async ({ root }) => {
    const store = storeAt(root);
    try {
      await pull(store, IMAGE, { imageName: NAME });
      await pull(store, SECOND, { imageName: OTHER });
      await unpack(store, IMAGE);
      await body(store, root);
    } finally {
      store.close();
    }
  });
}

const indexOf = (root: string) => readFileSync(join(root, "content/index.json"), "utf8");

const damages: { name: string; kind: string; damage: (store: Store, root: string) => void; incomplete: readonly string[] }[] = [
  { name: "a blob without its file", kind: "blob-missing", damage: (store) => rmSync(store.blobs.path(DIGEST)), incomplete: [NAME] },
  {
    name: "a blob that is cut off",
    kind: "blob-damaged",
    damage: (store) => truncateSync(store.blobs.path(DIGEST), 10),
    incomplete: [NAME],
  },
  {
    name: "a blob with another content",
    kind: "blob-damaged",
    damage: (store) => writeFileSync(store.blobs.path(DIGEST), bytesOf(9, 4096)),
    incomplete: [NAME],
  },
  {
    name: "a manifest with another content",
    kind: "blob-damaged",
    damage: (store) => writeFileSync(store.blobs.path(IMAGE.manifest.digest), bytesOf(9, IMAGE.manifest.bytes.length)),
    incomplete: [NAME],
  },
  {
    name: "a layer without its directory",
    kind: "layer-missing",
    damage: (_, root) => rmSync(join(root, "layers", (IMAGE.chainIds[1] ?? "").slice(7)), { recursive: true }),
    incomplete: [],
  },
  {
    name: "an index.json of somebody else",
    kind: "index",
    damage: (_, root) => writeFileSync(join(root, "content/index.json"), "{}"),
    incomplete: [],
  },
  { name: "a missing index.json", kind: "index", damage: (_, root) => rmSync(join(root, "content/index.json")), incomplete: [] },
  { name: "a missing oci-layout", kind: "index", damage: (_, root) => rmSync(join(root, "content/oci-layout")), incomplete: [] },
];

for (const { name, kind, damage, incomplete } of damages) {
  test(`${name} is found, and mended or dropped by a repair that keeps the names`, () =>
    withImages(async (store, root) => {
      expect((await store.check()).problems).toEqual([]);
      const index = indexOf(root);
      damage(store, root);
      expect((await store.check()).problems).toContainEqual(expect.objectContaining({ kind }));
      const repaired = await store.check({ repair: true });
      expect(repaired.incomplete).toEqual(incomplete);
      expect(
        store.names
          .list()
          .flatMap((image) => image.names)
          .toSorted(),
      ).toEqual([NAME, OTHER]);
      expect(indexOf(root)).toBe(index);
      await pull(store, IMAGE, { imageName: NAME });
      expect((await store.check()).problems).toEqual([]);
    }));
}

test("what killed commands left is told and is no problem, and the next collection takes the strays", () =>
  withImages(async (store, root) => {
    const stray = blobOf(bytesOf(50, 100)).descriptor.digest;
    writeFileSync(store.blobs.path(stray), "stray");
    writeFileSync(join(root, "content/ingest", stray.replace(":", "-")), "part");
    mkdirSync(join(root, "layers", stray.slice(7), "fs"), { recursive: true });
    expect(await store.check()).toMatchObject({ problems: [], leftovers: { partials: 1, strays: 2 } });
    await store.collect();
    expect(await store.check()).toMatchObject({ problems: [], leftovers: { partials: 1, strays: 0 } });
    expect(existsSync(store.blobs.path(stray))).toBe(false);
    expect((await store.collect({ partialsBefore: Date.now() + 1000 })).bytes).toBe(4);
    expect(readdirSync(join(root, "content/ingest"))).toEqual([]);
  }));

test("a lost database is made anew from the layout by the next command, with names, images and layers", () =>
  withImages(async (store, root) => {
    const before = store.names.list().map(({ stored, used, tagged, ...image }) => image);
    store.close();
    for (const file of readdirSync(root).filter((entry) => entry.startsWith("teu.db"))) rmSync(join(root, file));
    const after = storeAt(root);
    expect(after.names.list().map(({ stored, used, tagged, ...image }) => image)).toEqual(expect.arrayContaining(before));
    expect(after.layers.get(IMAGE.chainIds[1] ?? DIGEST)?.parent).toBe(IMAGE.chainIds[0]);
    expect(await after.check()).toMatchObject({ problems: [], leftovers: { strays: 0 } });
    after.close();
  }));

test("a damaged database is refused with what to do, and a repair moves it aside and makes it anew", () =>
  withImages(async (store, root) => {
    store.close();
    rmSync(join(root, "teu.db-wal"), { force: true });
    writeFileSync(join(root, "teu.db"), bytesOf(4, 8192));
    const damaged = storeAt(root);
    expect(() => damaged.names.list()).toThrow("the database is damaged; mend it with: teu system check --repair");
    expect((await damaged.check()).problems).toMatchObject([{ kind: "database" }]);
    await damaged.check({ repair: true });
    expect(damaged.names.resolve(NAME).id).toBe(IMAGE.config.descriptor.digest);
    expect(readdirSync(root).some((name) => name.startsWith("teu.db.damaged-"))).toBe(true);
    expect((await damaged.check()).problems).toEqual([]);
    damaged.close();
  }));

const { test: asRoot } = requires("root");
asRoot("a full disk refuses a blob with one sentence, leaves nothing partial, and the store stays sound", () =>
  withRoots(async ({ path }) => {
    const root = path("small");
    mkdirSync(root);
    await Bun.$`mount -t tmpfs -o size=4m tmpfs ${root}`.quiet();
    const store = storeAt(root);
    try {
      await pull(store, IMAGE, { imageName: NAME });
      const large = imageOf([7], { size: 6_000_000 });
      const error = await pull(store, large, { imageName: OTHER }).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: "unavailable", message: expect.stringContaining("no space left on device (ENOSPC)") });
      expect(readdirSync(join(root, "content/ingest"))).toEqual([]);
      expect(store.names.list().map(({ names }) => names)).toEqual([[NAME]]);
      await store.collect();
      expect(await store.check()).toMatchObject({ problems: [], leftovers: { partials: 0, strays: 0 } });

      await Bun.$`mount -o remount,size=32m ${root}`.quiet();
      await pull(store, large, { imageName: OTHER });
      expect((await store.check()).problems).toEqual([]);
    } finally {
      store.close();
      await Bun.$`umount -l ${root}`.quiet();
    }
  }),
);
