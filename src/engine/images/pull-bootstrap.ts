// Use case `pull bootstrap:debian/bookworm`: a base image made here, under the name localhost/debian:bookworm, which no registry can be
// asked for by mistake; `image copy` gives it any other.
import type { Digest } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import { formatFamiliar, formatReference, type ImageReference } from "../../spec/distribution/reference.ts";
import { openBootstrap } from "./bootstrap-source.ts";
import type { EndOptions } from "./end-options.ts";
import type { ImageEngine } from "./image-engine.ts";
import { receiveImage } from "./receive.ts";

export interface Made {
  readonly reference: ImageReference;
  readonly digest: Digest;
  /** The store had the name with this digest before. */
  readonly upToDate: boolean;
}

/**
 * Makes an image of a recipe and stores it.
 * @throws InvalidInputError for a wrong recipe; what the tool, the mirror and the store say
 */
export async function pullBootstrap(images: ImageEngine, recipe: string, options: EndOptions): Promise<Made> {
  const { access = {}, platform, signal, onProgress } = options;
  if (Object.keys(access).length > 0)
    throw new TeuError("invalid", `pull bootstrap:${recipe}: no registry is asked, so credentials and certificates have no use`);
  const say = (text: string, last = false) => onProgress?.({ kind: "message", text, last });
  await using source = await openBootstrap(images, recipe, { platform, signal, onProgress });
  const reference = nameOf(recipe);
  const name = formatReference(reference);
  const before = images.store.names.find(name)?.digest;
  const { digest } = await receiveImage(images, source, { name, platform, signal, onProgress });
  const upToDate = before === digest;
  say(`Digest: ${digest}`);
  say(`Status: ${upToDate ? "Image is up to date" : "Made newer image"} for ${formatFamiliar(reference)}`);
  say(name, true);
  return { reference, digest, upToDate };
}

/** Of a recipe that has been read: `debian/bookworm?variant=apt`. */
function nameOf(recipe: string): ImageReference {
  const [distro = "", suite = ""] = (recipe.split("?")[0] ?? "").split("/");
  return { registry: "localhost", repository: distro, tag: suite };
}
