// Use case `images`: what the store has, an entry an ID, the youngest first; and which of it fits docker's filters.
import { TeuError } from "../../base/errors.ts";
import type { StoredImage } from "../../image/store/names.ts";
import { type ImageReference, parseReference } from "../../spec/distribution/reference.ts";
import { describeImage } from "./describe.ts";
import { storedImage } from "./find.ts";
import type { ImageEngine } from "./image-engine.ts";

export interface ImageSummary {
  readonly id: string;
  /** Milliseconds since the epoch, by its configuration; undefined where that does not say. */
  readonly created: number | undefined;
  /** Bytes of its layers, unpacked. */
  readonly size: number;
  readonly names: readonly ImageReference[];
  readonly repoDigests: readonly ImageReference[];
  readonly labels: Readonly<Record<string, string>>;
}

/** All images. Several manifests of one configuration are one image. */
export async function listStored(images: ImageEngine): Promise<readonly ImageSummary[]> {
  const byId = new Map<string, StoredImage[]>();
  for (const image of images.store.names.list()) byId.set(image.id, [...(byId.get(image.id) ?? []), image]);
  const summaries: ImageSummary[] = [];
  for (const [id, same] of byId) {
    const summary = await summaryOf(images, id, same);
    if (summary !== undefined) summaries.push(summary);
  }
  return summaries.toSorted((a, b) => (b.created ?? 0) - (a.created ?? 0));
}

/** Undefined for an image that another command has just removed. */
async function summaryOf(images: ImageEngine, id: string, same: readonly StoredImage[]): Promise<ImageSummary | undefined> {
  const [first] = same;
  if (first === undefined) return undefined;
  try {
    const { config, size } = await describeImage(images, first);
    const created = Date.parse(config?.created ?? "");
    return {
      id,
      created: Number.isNaN(created) ? undefined : created,
      size,
      ...splitNames(same),
      labels: config?.config?.Labels ?? {},
    };
  } catch (error) {
    if (error instanceof TeuError && error.code === "not-found") return undefined;
    throw error;
  }
}

/** Names with a tag, and those by digest, as docker tells them apart: RepoTags and RepoDigests. */
export function splitNames(images: readonly StoredImage[]): Pick<ImageSummary, "names" | "repoDigests"> {
  const all = new Set(images.flatMap(({ names, repoDigests }) => [...names, ...repoDigests]));
  const references = [...all].toSorted().map((name) => parseReference(name));
  return {
    names: references.filter(({ digest }) => digest === undefined),
    repoDigests: references.filter(({ digest }) => digest !== undefined),
  };
}

/** When an image was made, for `before=` and `since=`. @throws TeuError `not-found` */
export async function creationOf(images: ImageEngine, text: string): Promise<number> {
  const { config } = await describeImage(images, await storedImage(images, text));
  const created = Date.parse(config?.created ?? "");
  return Number.isNaN(created) ? 0 : created;
}

/** Whether an image has no name and is known by no registry's digest. */
export function isDangling({ names, repoDigests }: Pick<ImageSummary, "names" | "repoDigests">): boolean {
  return names.length === 0 && repoDigests.length === 0;
}
