// Use case `image inspect` of an image that is not in the store: in a registry, a layout, an archive. Nothing but manifest and configuration
// is fetched. The fields are skopeo's.
import { TeuError } from "../../base/errors.ts";
import { parseTransportName } from "../../image/archives/transport-name.ts";
import { listTags } from "../../image/client/listings.ts";
import { readConfig } from "../../image/copy/read-config.ts";
import type { ImageSource, TransferOptions } from "../../image/ports/transport.ts";
import { RegistryError } from "../../spec/distribution/errors.ts";
import { parseReference } from "../../spec/distribution/reference.ts";
import { isImage } from "../../spec/image/artifact.ts";
import type { ImageManifest } from "../../spec/image/manifest.ts";
import { parseImageConfig } from "../../spec/image/parse-config.ts";
import type { EndOptions } from "./end-options.ts";
import type { ImageEngine } from "./image-engine.ts";
import { imageOf } from "./receive.ts";
import { openSource } from "./transports.ts";

export interface RemoteLayer {
  readonly MIMEType: string;
  readonly Digest: string;
  readonly Size: number;
  readonly Annotations: Readonly<Record<string, string>> | null;
}

export interface RemoteImage {
  /** Of the repository; only a registry has it. */
  readonly Name?: string;
  /** Of what the name means: an index, where there is one. */
  readonly Digest: string;
  readonly RepoTags: readonly string[];
  readonly Created: string | null;
  readonly DockerVersion: "";
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly Architecture: string;
  readonly Os: string;
  readonly Layers: readonly string[];
  readonly LayersData: readonly RemoteLayer[];
  readonly Env: readonly string[];
}

export interface InspectRemoteOptions extends EndOptions {
  /** All tags of the repository, too. */
  readonly tags?: boolean;
}

/** @throws TeuError `not-found`, `unsupported` for an artifact that is no image; what the source says */
export async function inspectRemote(images: ImageEngine, text: string, options: InspectRemoteOptions = {}): Promise<RemoteImage> {
  const name = parseTransportName(text);
  const { platform = images.platform, signal } = options;
  const transfer = signal === undefined ? {} : { signal };
  await using source = await openSource(images, name, options);
  const top = await source.manifest(undefined, transfer);
  const { manifest } = await imageOf(source, { platform, ...transfer });
  const config = parseImageConfig(await configOf(source, manifest, transfer));
  const repository = name.transport === "docker" ? parseReference(name.reference) : undefined;
  const tags =
    repository === undefined || options.tags === false
      ? []
      : await tagsOf(images, name.transport === "docker" ? name.reference : "", options);
  return {
    ...(repository === undefined ? {} : { Name: `${repository.registry}/${repository.repository}` }),
    Digest: top.digest,
    RepoTags: tags,
    Created: config.created ?? null,
    DockerVersion: "",
    Labels: config.config?.Labels ?? null,
    Architecture: config.architecture,
    Os: config.os,
    Layers: manifest.layers.map(({ digest }) => digest),
    LayersData: manifest.layers.map(({ mediaType, digest, size, annotations }) => ({
      MIMEType: mediaType,
      Digest: digest,
      Size: size,
      Annotations: annotations ?? null,
    })),
    Env: config.config?.Env ?? [],
  };
}

/** The manifest (or index) that a name means, or with `config` the configuration of the platform's image, byte for byte. */
export async function readRemote(
  images: ImageEngine,
  text: string,
  options: EndOptions & { readonly config?: boolean } = {},
): Promise<Uint8Array> {
  const { platform = images.platform, signal } = options;
  const transfer = signal === undefined ? {} : { signal };
  await using source = await openSource(images, text, options);
  if (options.config !== true) return (await source.manifest(undefined, transfer)).bytes;
  const { manifest } = await imageOf(source, { platform, ...transfer });
  return await configOf(source, manifest, transfer);
}

async function configOf(source: ImageSource, manifest: ImageManifest, transfer: TransferOptions): Promise<Uint8Array> {
  if (!isImage(manifest))
    throw new TeuError(
      "unsupported",
      `inspect ${source.name}: it is an artifact (${manifest.artifactType ?? manifest.config.mediaType}) and no image; --raw shows its manifest`,
    );
  return readConfig(source, manifest.config, transfer);
}

/** Who may pull may not always list. */
async function tagsOf(images: ImageEngine, reference: string, { access, signal }: EndOptions): Promise<readonly string[]> {
  const repository = (await images.network()).repository(parseReference(reference), access);
  try {
    return await Array.fromAsync(listTags(repository, signal === undefined ? {} : { signal }));
  } catch (error) {
    if (error instanceof RegistryError && ["denied", "not-found"].includes(error.code)) return [];
    throw error;
  }
}
