// A layer alone into a directory, without the store.
import { expectLongWork } from "../../base/jit.ts";
import { applyLayer } from "../../image/layers/apply.ts";
import type { Engine } from "../engine.ts";
import { openImages } from "./image-engine.ts";

/** Unpacks the layer in a file. @returns the exit status */
export async function unpackAlone(engine: Engine, layer: string, directory: string): Promise<number> {
  expectLongWork();
  using images = openImages(engine);
  await using writer = await images.openWriter(directory);
  await applyLayer(Bun.file(layer).stream(), writer);
  await writer.finish();
  return 0;
}
