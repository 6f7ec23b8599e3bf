// Which image of an index a platform gets (image-spec 1.1 image-index.md, "platform"; "If multiple manifests match a client or runtime's
// requirements, the first matching entry SHOULD be used").
import { TeuError } from "../../base/errors.ts";
import type { Descriptor } from "./descriptor.ts";
import type { ImageConfig } from "./image-config.ts";
import type { ImageIndex } from "./manifest.ts";
import { mediaTypeFacts } from "./media-types.ts";
import { formatPlatform, normalizePlatform, type Platform, runnablePlatforms } from "./platform.ts";

/** BuildKit's mark on what is no image but speaks of one: provenance, a bill of materials. */
const REFERENCE_TYPE = "vnd.docker.reference.type";

/** Whether a descriptor of an index is an image's, as far as the index tells. */
export function isImageDescriptor(descriptor: Descriptor): boolean {
  const { mediaType, platform, annotations, artifactType } = descriptor;
  if (mediaTypeFacts(mediaType).kind !== "manifest") return false;
  if (annotations !== undefined && Object.hasOwn(annotations, REFERENCE_TYPE)) return false;
  if (platform === undefined) return artifactType === undefined;
  return platform.os !== "unknown" && platform.architecture !== "unknown";
}

/** The platforms that an index has images for, in its order, each once, as `linux/arm/v7`. */
export function platformsOf(index: ImageIndex): readonly string[] {
  const names = index.manifests.filter(isImageDescriptor).flatMap(({ platform }) => (platform ? [formatPlatform(platform)] : []));
  return [...new Set(names)];
}

/**
 * The manifest that runs best on `wanted`: of its own variant, else of the newest older one; the first of equals. An image without
 * a platform is taken only when it is the only image: its configuration says what it is for.
 * @throws TeuError `not-found` that lists the platforms there are.
 */
export function matchPlatform(index: ImageIndex, wanted: Platform): Descriptor {
  const images = index.manifests.filter(isImageDescriptor);
  const byPlatform = new Map<string, Descriptor>();
  for (const image of images) {
    if (image.platform === undefined) continue;
    const name = formatPlatform(normalizePlatform(image.platform));
    if (!byPlatform.has(name)) byPlatform.set(name, image);
  }
  for (const platform of runnablePlatforms(wanted)) {
    const found = byPlatform.get(formatPlatform(platform));
    if (found !== undefined) return found;
  }
  const [only, ...others] = images;
  if (only !== undefined && others.length === 0 && only.platform === undefined) return only;
  throw new TeuError("not-found", `no matching manifest for ${formatPlatform(wanted)}: ${available(index)}`);
}

/** Longer lists help nobody. */
const MOST_LISTED = 20;

function available(index: ImageIndex): string {
  const names = platformsOf(index);
  if (names.length === 0) return "the index lists no image with a platform";
  const more = names.length > MOST_LISTED ? ` and ${names.length - MOST_LISTED} more` : "";
  return `there are ${names.slice(0, MOST_LISTED).join(", ")}${more}`;
}

/** Whether an image is what it is asked to be. A variant counts where both say one. */
export function isOfPlatform(
  { os, architecture, variant }: Pick<ImageConfig, "os" | "architecture" | "variant">,
  platform: Platform,
): boolean {
  const fits = (platform.variant ?? "") === "" || variant === undefined || platform.variant === variant;
  return os === platform.os && architecture === platform.architecture && fits;
}
