// Use case `image diff`: what turns one image's tree into another's. Layers that both have lowest are told to both, without their contents;
// files of the others are compared by what is in them.
import { TeuError } from "../../base/errors.ts";
import { type Change, compareTrees } from "../../image/layers/compare.ts";
import { MergedTree } from "../../image/layers/merge.ts";
import { tellTree } from "../../image/layers/tell.ts";
import { readTree } from "../../kernel/tree/reader.ts";
import { storedImage } from "./find.ts";
import type { ImageEngine } from "./image-engine.ts";
import { openLookup } from "./lookup.ts";

/**
 * The changes from one image to the other, in the order of a walk.
 * @throws TeuError `not-found`; KernelError where a layer cannot be read
 */
export async function diffImages(images: ImageEngine, from: string, to: string): Promise<readonly Change[]> {
  const [before, after] = [await layersOf(images, from), await layersOf(images, to)];
  const common = commonStart(before, after);
  const [old, now] = [new MergedTree({ contents: true }), new MergedTree({ contents: true })];
  for (const layer of before.slice(0, common)) {
    await applyLayer(images, layer, { tree: old, statOnly: true });
    await applyLayer(images, layer, { tree: now, statOnly: true });
  }
  for (const layer of before.slice(common)) await applyLayer(images, layer, { tree: old, statOnly: false });
  for (const layer of after.slice(common)) await applyLayer(images, layer, { tree: now, statOnly: false });
  return [...compareTrees(old.entries(), now.entries())];
}

/** Directories of the unpacked layers, which stay while this process lives. */
async function layersOf(images: ImageEngine, text: string): Promise<readonly string[]> {
  const { digest } = await storedImage(images, text);
  const resolved = await openLookup(images).resolve(digest, {});
  if (resolved === undefined) throw new TeuError("not-found", `compare image ${text}: it is for another platform`);
  return resolved.layers;
}

function commonStart(a: readonly string[], b: readonly string[]): number {
  const differs = a.findIndex((layer, at) => layer !== b[at]);
  return differs < 0 ? a.length : differs;
}

interface Applied {
  readonly tree: MergedTree;
  /** Without contents. */
  readonly statOnly: boolean;
}

async function applyLayer({ trees }: ImageEngine, root: string, { tree, statOnly }: Applied): Promise<void> {
  await tellTree(readTree({ ...trees, root, overlay: true, statOnly, subject: "the layer" }), tree);
  tree.endLayer();
}
