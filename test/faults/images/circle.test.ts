// Two commands that unpack the same image, each in the middle of a layer that stands on one of the other's: neither waits in a circle.
import { expect } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ImageUnpacker, type LayerPlan } from "../../../src/image/unpack/unpack.ts";
import { openTreeWriter } from "../../../src/kernel/tree/writer.ts";
import { chunksOf, storeAt } from "../../store/fixtures/images.ts";
import { executable } from "../../support/executables.ts";
import { requires } from "../../support/requires.ts";
import { withRoots } from "../../support/roots.ts";
import { imageOf, noiseLayer, type PoolLayer } from "./pool.ts";
import { expectSound } from "./sound.ts";

const { test } = requires("root");

test("a download whose layer another command makes does not wait for that command", () =>
  withRoots(async (roots) => {
    const layers = [1, 2, 3].map((seed) => noiseLayer(seed, 50_000)) as [PoolLayer, PoolLayer, PoolLayer];
    const image = imageOf("pool/x", layers);
    const plan = layers.map(({ descriptor, diffId }, at) => ({ descriptor, diffId, chainId: image.chainIds[at] }) as LayerPlan);
    const store = storeAt(roots.root);
    using lease = store.lease();
    for (const { descriptor, bytes } of layers) await store.putBlob(descriptor, async () => chunksOf(bytes), { lease });
    mkdirSync(join(roots.root, "layers"), { recursive: true });
    const unpacker = () =>
      new ImageUnpacker(
        {
          layers: store.layers,
          lease,
          openWriter: (root) => openTreeWriter({ launcher: executable("teu-launcher"), dir: roots.runRoot, root }),
          openBlob: (digest) => store.blobs.open(digest),
          look: { read: async function* () {} },
          warn: ({ message }) => expect(message).toBe(""),
          onProgress: () => {},
        },
        plan,
      );
    await using one = unpacker();
    await using other = unpacker();
    const feed = async (to: ImageUnpacker, { descriptor, bytes }: PoolLayer) => {
      const tap = to.tap(descriptor);
      await tap?.write(bytes);
      await tap?.end();
    };
    await feed(one, layers[2]); // stands on the second, and waits for it
    await feed(other, layers[1]); // stands on the first, which comes last
    await feed(other, layers[2]);
    await Promise.all([one.finish(), other.finish()]);
    await expectSound(roots.root, [image], [], "both have ended");
    for (const chainId of image.chainIds) expect(store.layers.get(chainId)).toBeDefined();
    store.close();
  }));
