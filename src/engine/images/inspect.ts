// Use case `inspect`: an image in the fields of docker's Engine API ("Inspect an image").
import type { Digest } from "../../base/digest.ts";
import { formatFamiliar } from "../../spec/distribution/reference.ts";
import type { Descriptor } from "../../spec/image/descriptor.ts";
import type { ExecutionConfig } from "../../spec/image/image-config.ts";
import type { Platform } from "../../spec/image/platform.ts";
import { type DescribedImage, describeImage } from "./describe.ts";
import { storedImage } from "./find.ts";
import type { ImageEngine } from "./image-engine.ts";
import { splitNames } from "./list.ts";

export interface InspectedImage {
  readonly Id: Digest;
  readonly RepoTags: readonly string[];
  readonly RepoDigests: readonly string[];
  /** Of images that were built by docker's old builder; teu keeps none. */
  readonly Parent: "";
  readonly Comment: string;
  /** RFC 3339; empty where the image does not say. */
  readonly Created: string;
  readonly DockerVersion: "";
  readonly Author: string;
  readonly Config: ExecutionConfig | null;
  readonly Architecture: string;
  readonly Variant?: string;
  readonly Os: string;
  readonly OsVersion?: string;
  /** Bytes of the layers, unpacked. */
  readonly Size: number;
  readonly GraphDriver: { readonly Name: string; readonly Data: Readonly<Record<string, string>> };
  readonly RootFS: { readonly Type: "layers"; readonly Layers?: readonly Digest[] };
  readonly Metadata: { readonly LastTagTime: string };
  readonly Descriptor: Pick<Descriptor, "mediaType" | "digest" | "size">;
}

/** Go's time.Time that was never set. */
const NO_TIME = "0001-01-01T00:00:00Z";

/**
 * An image by a name or an ID, for an index the one of a platform.
 * @throws TeuError `not-found`
 */
export async function inspectImage(images: ImageEngine, text: string, platform?: Platform): Promise<InspectedImage> {
  const image = await storedImage(images, text);
  const described = await describeImage(images, image, platform);
  const { id, config, size, layers } = described;
  const { names, repoDigests } = splitNames(images.store.names.list().filter((other) => other.id === image.id));
  const variant = config?.variant;
  const version = config?.["os.version"];
  return {
    Id: id,
    RepoTags: names.map(formatFamiliar),
    RepoDigests: repoDigests.map(formatFamiliar),
    Parent: "",
    Comment: config?.history?.at(-1)?.comment ?? "",
    Created: config?.created ?? "",
    DockerVersion: "",
    Author: config?.author ?? "",
    Config: config?.config ?? (config === undefined ? null : {}),
    Architecture: config?.architecture ?? "",
    ...(variant === undefined ? {} : { Variant: variant }),
    Os: config?.os ?? "",
    ...(version === undefined ? {} : { OsVersion: version }),
    Size: size,
    GraphDriver: { Name: "overlay", Data: graphData(images, described) },
    RootFS: { Type: "layers", ...(layers.length === 0 ? {} : { Layers: layers.map(({ diffId }) => diffId) }) },
    Metadata: { LastTagTime: image.tagged === undefined ? NO_TIME : new Date(image.tagged).toISOString() },
    Descriptor: { mediaType: image.mediaType, digest: image.digest, size: image.size },
  };
}

/** Where the trees lie, in docker's words for overlayfs: the top one, and those below it, the next first. Nothing of what is not unpacked. */
function graphData({ store }: ImageEngine, { layers }: DescribedImage): Readonly<Record<string, string>> {
  const [upper, ...lower] = layers.map(({ chainId }) => store.layers.get(chainId)?.path).toReversed();
  const below = lower.filter((path) => path !== undefined);
  return { ...(upper !== undefined && { UpperDir: upper }), ...(below.length > 0 && { LowerDir: below.join(":") }) };
}
