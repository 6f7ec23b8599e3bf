import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { digestOf } from "../../src/base/digest.ts";
import { identityWord } from "../../src/base/process-identity.ts";
import { ownIdentity } from "../../src/image/store/own-identity.ts";
import type { Store } from "../../src/image/store/store.ts";
import { withRoots } from "../support/roots.ts";
import { imageOf, pull, storeAt, unpack } from "./fixtures/images.ts";

const CHAIN = digestOf("chain");
const PARENT = digestOf("parent");
const DIFF = digestOf("diff");
const UNUSED = () => Promise.reject(new Error("nobody should have made it"));

async function makeOne(store: Store, lease: ReturnType<Store["lease"]>, chainId = CHAIN, parent?: typeof CHAIN) {
  return store.layers.make(chainId, { parent, diffId: DIFF, lease }, async (directory) => {
    writeFileSync(join(directory, "file"), "content");
    return { size: 7 };
  });
}

test("a layer is made once; a second process's wish and a second wish of this one find it", () =>
  withRoots(async ({ root }) => {
    const store = storeAt(root);
    using lease = store.lease();
    let made = 0;
    const slow = async (directory: string) => {
      made += 1;
      await Bun.sleep(100);
      writeFileSync(join(directory, "file"), "content");
      return { size: 7 };
    };
    const other = storeAt(root);
    using otherLease = other.lease();
    const layers = await Promise.all([
      store.layers.make(CHAIN, { parent: undefined, diffId: DIFF, lease }, slow),
      other.layers.make(CHAIN, { parent: undefined, diffId: DIFF, lease: otherLease }, slow),
    ]);
    expect(made).toBe(1);
    expect(layers[0]).toEqual(layers[1]);
    expect(layers[0]).toEqual({
      chainId: CHAIN,
      parent: undefined,
      diffId: DIFF,
      path: join(root, "layers", CHAIN.slice(7), "fs"),
      size: 7,
    });
    expect(readdirSync(layers[0].path)).toEqual(["file"]);
    expect(store.layers.usage(CHAIN)).toBe(7);
    other.close();
    store.close();
  }));

test("a layer whose making fails is not there and leaves nothing", () =>
  withRoots(async ({ root }) => {
    const store = storeAt(root);
    using lease = store.lease();
    const failing = store.layers.make(CHAIN, { parent: undefined, diffId: DIFF, lease }, async (directory) => {
      writeFileSync(join(directory, "half"), "");
      throw new Error("the tar is damaged");
    });
    expect(await failing.catch((error: unknown) => error)).toHaveProperty("message", "the tar is damaged");
    expect(readdirSync(join(root, "layers"))).toEqual([]);
    expect((await makeOne(store, lease)).size).toBe(7);
    store.close();
  }));

test("a layer that an earlier boot made and nobody synced is made anew; a synced one is kept", () =>
  withRoots(async ({ root }) => {
    const before = storeAt(root, { process: { ...ownIdentity(), bootId: "boot-one" } });
    const image = imageOf([1, 2]);
    await pull(before, image, { imageName: "localhost/a:1" });
    await unpack(before, image);
    before.close();

    const after = storeAt(root, { process: { ...ownIdentity(), bootId: "boot-two" } });
    const [lower = CHAIN, upper = CHAIN] = image.chainIds;
    expect(after.layers.get(lower)).toBeUndefined();
    await unpack(after, image);
    await after.layers.sync();
    after.close();

    const last = storeAt(root, { process: { ...ownIdentity(), bootId: "boot-three" } });
    expect(last.layers.get(upper)?.parent).toBe(lower);
    expect(readdirSync(join(root, "layers")).toSorted()).toEqual([lower.slice(7), upper.slice(7)].toSorted());
    last.close();
  }));

test("a lease keeps a layer with all below it, and what dead processes left aside goes", () =>
  withRoots(async ({ root }) => {
    const store = storeAt(root);
    const lease = store.lease();
    await makeOne(store, lease, PARENT);
    await makeOne(store, lease, CHAIN, PARENT);
    lease.release();
    using second = store.lease();
    expect(store.layers.get(CHAIN, second)).toBeDefined();
    const aside = (word: string) => join(root, "layers", `.new-${word}-1`);
    const dead = aside(identityWord({ ...ownIdentity(), startTime: "1" }));
    const alive = aside(identityWord({ ...ownIdentity(), pid: process.ppid, startTime: "1" }));
    const own = aside(identityWord(ownIdentity()));
    for (const path of [dead, alive, own]) mkdirSync(path);
    await store.collect();
    expect([dead, alive, own].map((path) => existsSync(path))).toEqual([false, false, true]);
    expect(store.layers.get(PARENT)).toBeDefined();
    second.release();
    expect((await store.collect()).layers.toSorted()).toEqual([CHAIN, PARENT].toSorted());
    store.close();
  }));

test("a layer of a row whose directory is gone is made again", () =>
  withRoots(async ({ root }) => {
    const store = storeAt(root);
    using lease = store.lease();
    const { path } = await makeOne(store, lease);
    await Bun.$`rm -r ${join(path, "..")}`.quiet();
    expect(store.layers.get(CHAIN)).toBeUndefined();
    await makeOne(store, lease);
    expect(await store.layers.make(CHAIN, { parent: undefined, diffId: DIFF, lease }, UNUSED)).toHaveProperty("path", path);
    store.close();
  }));
