// The rows of manifest.json in an archive that holds its images as a layout: docker reads these, and finds blobs where others find them too.
// moby image/spec/v1.2.md, "Combined Image JSON + Filesystem Changeset Format".
import type { Digest } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import { isImage } from "../../spec/image/artifact.ts";
import type { ArchivedImage } from "../../spec/image/docker-archive.ts";
import { blobPath } from "../../spec/image/layout.ts";
import type { ImageManifest } from "../../spec/image/manifest.ts";
import { matchPlatform } from "../../spec/image/match-platform.ts";
import { parseManifest } from "../../spec/image/parse-manifest.ts";
import type { Platform } from "../../spec/image/platform.ts";
import type { ManifestBytes } from "../ports/transport.ts";

/**
 * The rows for images that lie in the archive as a layout; `find` gives the manifests that were put there. Names stay whole references:
 * docker shortens them, and podman takes a short one for its own (`localhost/…`).
 */
export function dockerRows(
  images: readonly { readonly manifest: ManifestBytes; readonly names: readonly string[] }[],
  find: (digest: Digest) => ManifestBytes | undefined,
  platform: Platform,
): readonly ArchivedImage[] {
  return images.map(({ manifest, names }) => {
    const image = oneManifest(manifest, find, platform);
    const { config, layers } = image;
    if (!isImage(image)) {
      const which = `${names[0] ?? manifest.digest} is an artifact (${config.mediaType})`;
      throw new TeuError("unsupported", `a docker archive holds images only, and ${which}`);
    }
    return { Config: blobPath(config.digest), RepoTags: names, Layers: layers.map(({ digest }) => blobPath(digest)) };
  });
}

function oneManifest(
  { bytes, mediaType }: ManifestBytes,
  find: (digest: Digest) => ManifestBytes | undefined,
  platform: Platform,
): ImageManifest {
  const { manifest, index } = parseManifest(bytes, mediaType);
  if (manifest !== undefined) return manifest;
  const present = { ...index, manifests: index.manifests.filter(({ digest }) => find(digest) !== undefined) };
  // For whom else it is, the layout says; this row is for readers that know one platform only.
  const [first] = present.manifests;
  let chosen = first;
  try {
    chosen = matchPlatform(present, platform);
  } catch (error) {
    if (!(error instanceof TeuError && error.code === "not-found")) throw error;
  }
  const child = chosen === undefined ? undefined : find(chosen.digest);
  const parsed = child === undefined ? undefined : parseManifest(child.bytes, child.mediaType).manifest;
  if (parsed === undefined) throw new TeuError("unsupported", "a docker archive holds images only, and the index leads to none");
  return parsed;
}
