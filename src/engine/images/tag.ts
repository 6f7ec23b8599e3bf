// Use case `tag`: one more name for an image that is here.
import { formatFamiliar, InvalidReferenceError, parseReference } from "../../spec/distribution/reference.ts";
import { newName, storedImage } from "./find.ts";
import type { ImageEngine } from "./image-engine.ts";
import { recordImageEvents } from "./record-event.ts";

/**
 * Gives an image a name, taking it from the image that has it; the result is the canonical name.
 * @throws TeuError `not-found` for the image; InvalidReferenceError for the name
 */
export async function tag(images: ImageEngine, source: string, target: string): Promise<string> {
  if (parseReference(target).digest !== undefined)
    throw new InvalidReferenceError(`refusing to create a tag with a digest reference: ${target}`);
  const name = await newName(images, target);
  const { id, digest } = await storedImage(images, source);
  images.store.names.tag(name, digest);
  await recordImageEvents(images, [{ action: "tag", actor: id, attributes: { name: formatFamiliar(parseReference(name)) } }]);
  return name;
}
