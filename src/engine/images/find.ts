// Images of the store by what people type: a name, short or whole, `name@digest`, an ID, the beginning of one.
import { TeuError } from "../../base/errors.ts";
import type { StoredImage } from "../../image/store/names.ts";
import { resolveName } from "../../spec/config/endpoints.ts";
import {
  formatFamiliar,
  formatReference,
  InvalidReferenceError,
  parseReference,
  withDefaultTag,
} from "../../spec/distribution/reference.ts";
import type { ImageEngine } from "./image-engine.ts";

export interface FoundImage extends StoredImage {
  /** The canonical name that it was found by; undefined by ID. */
  readonly foundBy: string | undefined;
}

/**
 * The image that a text means: a name first, as docker has it, then digits of an ID.
 * @throws TeuError `conflict` when the digits fit several
 */
export async function findStored(images: ImageEngine, text: string): Promise<FoundImage | undefined> {
  for (const name of await canonicalNames(images, text)) {
    const image = images.store.names.find(name);
    if (image !== undefined) return { ...image, foundBy: name };
  }
  const image = images.store.names.find(text);
  return image === undefined ? undefined : { ...image, foundBy: undefined };
}

/** @throws TeuError `not-found`, in docker's words */
export async function storedImage(images: ImageEngine, text: string): Promise<FoundImage> {
  const image = await findStored(images, text);
  if (image === undefined) throw new TeuError("not-found", `No such image: ${withTag(text)}`);
  return image;
}

/** What was looked for: with the tag that was left out. */
function withTag(text: string): string {
  try {
    return formatFamiliar(withDefaultTag(parseReference(text)));
  } catch (error) {
    if (error instanceof InvalidReferenceError) return text;
    throw error;
  }
}

/** The names that a text can mean, whole and with a tag; none for what can only be an ID. */
export async function canonicalNames(images: ImageEngine, text: string): Promise<readonly string[]> {
  const { registries } = await images.configuration();
  try {
    return resolveName(text, registries).map((reference) => {
      const { tag: _, ...byDigest } = reference;
      return formatReference(reference.digest === undefined ? withDefaultTag(reference) : byDigest);
    });
  } catch (error) {
    if (error instanceof InvalidReferenceError) return [];
    throw error;
  }
}

/**
 * The one canonical name that a new image gets.
 * @throws InvalidReferenceError
 */
export async function newName(images: ImageEngine, text: string): Promise<string> {
  const { registries } = await images.configuration();
  const [reference] = resolveName(text, registries);
  if (reference === undefined) throw new InvalidReferenceError(`${text} names no registry`);
  return formatReference(withDefaultTag(reference));
}
