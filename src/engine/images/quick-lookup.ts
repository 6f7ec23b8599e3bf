// The look-up of images that `run` does again and again, without the store: what a name meant is kept in a file, and holds as long as
// index.json, which the store writes anew whenever a name or an image comes or goes, and the configuration are the same files. No module of
// the store is loaded then, and no database opened: 10 ms of a run.
//
// An image could be removed between the look-up and the moment when the container's record, which removals go by, is there. So the record is
// written first, and then `confirm` looks again: a removal takes the name away and writes index.json before it looks for containers, so
// either it sees our record, or we see its index.json.

import { type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { dropKept, keepFile, readKept } from "../../base/kept-file.ts";
import { bootId } from "../../base/process-identity.ts";
import { digestOf } from "../../kernel/state/plan-cache.ts";

import type { Engine } from "../engine.ts";
import type { ImageLookup, ResolvedImage, ResolveOptions } from "../roots/image-lookup.ts";

/** Milliseconds after which the store is asked again, and notes that the image is in use. */
const MOST_AGE = 3_600_000;

interface Kept {
  readonly stamp: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly image: ResolvedImage;
}

/** A look-up that asks `slow` only for what it has not kept. */
export function quickLookup(engine: Engine, slow: () => Promise<ImageLookup>): ImageLookup {
  const { cacheDir, build } = engine.runtime;
  return {
    async resolve(name: string, options: ResolveOptions): Promise<ResolvedImage | undefined> {
      const file = `image-${digestOf([build, engine.root, name, options.platform ?? ""])}`;
      const stamp = stampOf(engine);
      const kept = readImage(cacheDir, file);
      const now = engine.runtime.now().getTime();
      if (kept !== undefined && kept.stamp === stamp && now - kept.time < MOST_AGE && kept.image.layers.every(isThere)) {
        return { ...kept.image, confirm: async () => stampOf(engine) === stamp || sameLayers(kept.image, await again()) };
      }
      const image = await again();
      if (image === undefined) dropKept(cacheDir, file);
      else keepFile(cacheDir, file, Buffer.from(JSON.stringify({ stamp, time: now, image } satisfies Kept)));
      return image;

      async function again(): Promise<ResolvedImage | undefined> {
        return (await slow()).resolve(name, options);
      }
    },
    ensure: async (name, options) => (await slow()).ensure(name, options),
  };
}

function readImage(directory: string, file: string): Kept | undefined {
  const bytes = readKept(directory, file);
  return bytes === undefined ? undefined : (JSON.parse(bytes.toString("utf8")) as Kept); // its digest says that it was written above
}

/** What the answer depends on: this start of the machine, the names of the store, the configuration. */
function stampOf({ root, configFile }: Engine): string {
  return [bootId(), ...[join(root, "content/index.json"), configFile].map(fileStamp)].join(" ");
}

function fileStamp(path: string): string {
  const stats: Stats | undefined = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? "-" : `${stats.ino}:${stats.size}:${stats.mtimeMs}:${stats.ctimeMs}`;
}

function isThere(layer: string): boolean {
  return statSync(layer, { throwIfNoEntry: false }) !== undefined;
}

function sameLayers({ layers }: ResolvedImage, found: ResolvedImage | undefined): boolean {
  return found !== undefined && layers.length === found.layers.length && layers.every((layer, index) => layer === found.layers[index]);
}
