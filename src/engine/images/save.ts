// Use case `save`: images of the store into one archive, each blob once, with all the names that were asked for.
import { tmpdir } from "node:os";
import type { Digest } from "../../base/digest.ts";
import { type ArchiveTarget, ArchiveWriter } from "../../image/archives/archive-writer.ts";
import { copyImage } from "../../image/copy/copy.ts";
import { repositoryOf } from "../../image/store/remove-image.ts";
import type { Platform } from "../../spec/image/platform.ts";
import { canonicalNames, findStored, storedImage } from "./find.ts";
import type { ImageEngine } from "./image-engine.ts";
import { isWholeIndex } from "./push.ts";
import { type ImageEvent, recordImageEvents } from "./record-event.ts";

export interface SaveOptions {
  readonly target: ArchiveTarget;
  readonly format: "docker" | "oci";
  /** One image of an index. Without it the whole index goes when all of it is here, else the host's image. */
  readonly platform?: Platform | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Saves what texts mean; the target is complete or untouched.
 * @throws TeuError `not-found` for what is not in the store; what the target's file system says
 */
export async function saveImages(images: ImageEngine, texts: readonly string[], options: SaveOptions): Promise<void> {
  const { target, format, platform = images.platform, signal } = options;
  const wanted = await namesByImage(images, texts);
  await using writer = await ArchiveWriter.open(target, { format, temporary: tmpdir(), platform });
  for (const [digest, names] of wanted) {
    await using source = images.store.source(digest);
    await using destination = writer.image([...names]);
    await copyImage(source, destination, {
      platform,
      all: options.platform === undefined && (await isWholeIndex(images, source)),
      preserveDigests: true,
      direction: "out",
      ...(signal === undefined ? {} : { signal }),
    });
  }
  await writer.finish();
  const saved = [...wanted.keys()].flatMap((digest) => images.store.names.find(digest) ?? []);
  await recordImageEvents(
    images,
    saved.map(({ id }): ImageEvent => ({ action: "save", actor: id, attributes: { name: id } })),
  );
}

/** Each image once, in the order in which it was asked for, with the names that it is to have in the archive. */
async function namesByImage(images: ImageEngine, texts: readonly string[]): Promise<ReadonlyMap<Digest, ReadonlySet<string>>> {
  const wanted = new Map<Digest, Set<string>>();
  for (const text of texts) {
    for (const { digest, names } of await imagesOf(images, text)) {
      const known = wanted.get(digest) ?? new Set();
      wanted.set(digest, new Set([...known, ...names]));
    }
  }
  return wanted;
}

interface NamedImage {
  readonly digest: Digest;
  readonly names: readonly string[];
}

/** A repository without a tag means all its tags, as in docker; an ID, or a name by digest, an image without a name. */
async function imagesOf(images: ImageEngine, text: string): Promise<readonly NamedImage[]> {
  const found = await findStored(images, text);
  if (found !== undefined && (found.foundBy?.includes("@") ?? true)) return [{ digest: found.digest, names: [] }];
  const repositories = isBare(text) ? (await canonicalNames(images, text)).map(repositoryOf) : [];
  const tagged = images.store.names.list().flatMap(({ digest, names }) => {
    const ofThese = names.filter((name) => !name.includes("@") && repositories.includes(repositoryOf(name)));
    return ofThese.length === 0 ? [] : [{ digest, names: ofThese }];
  });
  if (tagged.length > 0) return tagged;
  const { digest, foundBy } = await storedImage(images, text);
  return [{ digest, names: foundBy === undefined ? [] : [foundBy] }];
}

/** No tag, no digest. */
function isBare(text: string): boolean {
  return !text.includes("@") && !text.slice(text.lastIndexOf("/") + 1).includes(":");
}
