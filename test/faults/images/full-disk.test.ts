// A disk that is full, wherever in a pull or a load that is found out: one sentence says so, what was complete stays so, and with more room the same
// command does its work.
import { describe, expect, setDefaultTimeout } from "bun:test";
import { mkdirSync, readdirSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { digestOf } from "../../../src/base/digest.ts";
import { archive, header } from "../../layers/tar-builder.ts";
import { startRegistry } from "../../support/registry.ts";
import { requires } from "../../support/requires.ts";
import { type TestRoots, withRoots } from "../../support/roots.ts";
import { runOk } from "../../support/run.ts";
import { teu } from "../../support/teu.ts";
import { imageOf, makePool, noiseLayer, type PoolImage, type PoolLayer, publish } from "./pool.ts";
import { expectQuiet, expectSound } from "./sound.ts";

const { test } = requires("root", "registry");

setDefaultTimeout(30_000);

const MiB = 1024 ** 2;

/** Roots whose data directory is a disk of its own of so many MiB. */
async function withDisk(size: number, body: (roots: TestRoots) => Promise<void>): Promise<void> {
  await withRoots(async (roots) => {
    await runOk(["mount", "-t", "tmpfs", "-o", `size=${size}m,mode=700`, "tmpfs", roots.root]);
    try {
      await body(roots);
    } finally {
      await runOk(["umount", "--lazy", roots.root]);
    }
  });
}

const grow = ({ root }: TestRoots, size: number) => runOk(["mount", "-o", `remount,size=${size}m`, root]);

/** Bytes that are taken of the disk. */
function taken({ root }: TestRoots): number {
  const { blocks, bfree, bsize } = statfsSync(root);
  return (blocks - bfree) * bsize;
}

const FULL = /^teu: [^\n]*no space left on device \(ENOSPC\)[^\n]*\n$/;

async function expectFull(roots: TestRoots, name: string): Promise<void> {
  const { status, stderr } = await teu(["pull", name], { roots });
  expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(FULL) });
  await expectQuiet(roots);
}

describe("a pull", () => {
  const pool = makePool();
  const [first, , , , last] = pool as readonly [PoolImage, PoolImage, PoolImage, PoolImage, PoolImage];

  test.each([1, 4, 7, 10])("on a disk of %d MiB that it fills goes on when the disk has grown", async (size) => {
    await using registry = await startRegistry();
    await publish(registry.url, last);
    await withDisk(size, async (roots) => {
      const name = `${registry.host}/pool/e:1`;
      await expectFull(roots, name);
      await grow(roots, 64);
      await expectSound(roots.root, pool, [], "on the full disk");
      expect(await teu(["pull", name], { roots })).toMatchObject({ status: 0, stderr: "" });
      await expectSound(roots.root, pool, ["pool/e:1"], "with more room");
    });
  });

  test("that fills the disk does no harm to the image that was there, which can be removed to make room", async () => {
    await using registry = await startRegistry();
    for (const image of [first, last]) await publish(registry.url, image);
    await withDisk(13, async (roots) => {
      const [there, wanted] = [`${registry.host}/pool/a:1`, `${registry.host}/pool/e:1`];
      expect(await teu(["pull", there], { roots })).toMatchObject({ status: 0, stderr: "" });
      writeFileSync(join(roots.root, "ballast"), new Uint8Array(5 * MiB));
      await expectFull(roots, wanted);
      await expectSound(roots.root, pool, ["pool/a:1"], "on the full disk");
      expect(await teu(["rmi", there], { roots })).toMatchObject({ status: 0, stderr: "" });
      await expectSound(roots.root, pool, [], "removed");
      await grow(roots, 64);
      expect(await teu(["pull", wanted], { roots })).toMatchObject({ status: 0, stderr: "" });
      await expectSound(roots.root, pool, ["pool/e:1"], "with more room");
    });
  });

  test("of a layer that unpacks to a thousand times its size gives the disk back", async () => {
    const zeros = archive(header({ name: "zeros", size: 512 * MiB }), Buffer.alloc(512 * MiB));
    const bytes = gzipSync(zeros);
    const descriptor = { mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest: digestOf(bytes), size: bytes.length };
    const bomb: PoolLayer = { bytes, descriptor, diffId: digestOf(zeros), files: new Map([["zeros", 512 * MiB]]) };
    await using registry = await startRegistry();
    await publish(registry.url, imageOf("pool/bomb", [noiseLayer(1, 1000), bomb]));
    await withDisk(32, async (roots) => {
      await expectFull(roots, `${registry.host}/pool/bomb:1`);
      expect(readdirSync(join(roots.root, "layers")).filter((name) => name.startsWith("."))).toEqual([]);
      expect(taken(roots)).toBeLessThan(4 * MiB);
    });
  });
});

test("a run directory that takes no more is told as such", () =>
  withRoots(async (roots) => {
    const runRoot = roots.path("small");
    mkdirSync(runRoot);
    await using registry = await startRegistry();
    const image = imageOf("pool/x", [noiseLayer(1, 1000)]);
    await publish(registry.url, image);
    await runOk(["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", runRoot]);
    writeFileSync(join(runRoot, "ballast"), new Uint8Array(4096));
    const { status, stderr } = await teu(["pull", `${registry.host}/pool/x:1`], { roots, env: { TEU_RUN_ROOT: runRoot } });
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(FULL) });
    await runOk(["umount", runRoot]);
    expect(await teu(["pull", `${registry.host}/pool/x:1`], { roots })).toMatchObject({ status: 0 });
    await expectSound(roots.root, [image], ["pool/x:1"], "with more room");
  }));
