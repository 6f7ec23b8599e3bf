// manifest.json of an archive that `docker save` makes and `docker load` reads: one row an image. moby image/spec/v1.2.md, "Combined Image
// JSON + Filesystem Changeset Format".
import type { Digest } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import type { ImageManifest } from "../../spec/image/manifest.ts";
import { matchPlatform } from "../../spec/image/match-platform.ts";
import { DOCKER_CONFIG, OCI_CONFIG } from "../../spec/image/media-types.ts";
import { parseManifest } from "../../spec/image/parse-manifest.ts";
import type { Platform } from "../../spec/image/platform.ts";
import { atMost, nullAsEmpty } from "../../spec/image/shapes.ts";
import { readJson } from "../../spec/json/read.ts";
import { anyString, object, optional } from "../../spec/json/shape.ts";
import type { ManifestBytes } from "../ports/transport.ts";
import { blobPath } from "./layout-source.ts";
import { plainName } from "./tar-index.ts";

export const MANIFEST_FILE = "manifest.json";

/** A row of manifest.json. */
export interface DockerImageRow {
  /** Path of the configuration inside the archive. */
  readonly Config: string;
  readonly RepoTags?: readonly string[];
  /** Paths, lowest layer first. */
  readonly Layers: readonly string[];
}

const MOST_IMAGES = 1000;
const MOST_TAGS = 1000;
const MOST_LAYERS = 1000;

const rowShape = nullAsEmpty(
  ["Layers"],
  object<DockerImageRow>({
    Config: anyString,
    RepoTags: optional(atMost(MOST_TAGS, anyString)),
    Layers: atMost(MOST_LAYERS, anyString),
  }),
);

/**
 * Reads manifest.json; paths come back clean.
 * @throws InvalidInputError, TeuError `invalid` when a path leads out of the archive.
 */
export function readDockerManifestFile(bytes: Uint8Array, subject: string): readonly DockerImageRow[] {
  const { value } = readJson(bytes, { subject: `${MANIFEST_FILE} of ${subject}`, shape: atMost(MOST_IMAGES, rowShape) });
  const inside = (path: string) => {
    const plain = path.startsWith("/") ? undefined : plainName(path);
    if (plain !== undefined) return plain;
    throw new TeuError(
      "invalid",
      `read ${MANIFEST_FILE} of ${subject}: the path ${JSON.stringify(path.slice(0, 200))} leads out of the archive`,
    );
  };
  return value.map((row) => ({ ...row, Config: inside(row.Config), Layers: row.Layers.map(inside) }));
}

/**
 * The rows for images that lie in the archive as a layout; `find` gives the manifests that were put there. Names stay whole references:
 * docker shortens them, and podman takes a short one for its own (`localhost/…`).
 */
export function dockerManifestFile(
  images: readonly { readonly manifest: ManifestBytes; readonly names: readonly string[] }[],
  find: (digest: Digest) => ManifestBytes | undefined,
  platform: Platform,
): readonly DockerImageRow[] {
  return images.map(({ manifest, names }) => {
    const { config, layers } = oneManifest(manifest, find, platform);
    if (config.mediaType !== OCI_CONFIG && config.mediaType !== DOCKER_CONFIG) {
      throw new TeuError(
        "unsupported",
        `a docker archive holds images only, and ${names[0] ?? manifest.digest} is an artifact (${config.mediaType})`,
      );
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
