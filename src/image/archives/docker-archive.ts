// `docker-archive:FILE[:name]`: what `docker save` and `podman save` make. Archives since docker 25 hold an OCI layout too, which keeps
// digests: it is read where it has the image. Older ones name files by manifest.json: a manifest is made for those, with the layers as they lie there.
import { type Digest, Digester, digestOf } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import { formatReference, parseReference, withDefaultTag } from "../../spec/distribution/reference.ts";
import type { Descriptor } from "../../spec/image/descriptor.ts";
import { ARCHIVE_MANIFEST, ARCHIVE_REPOSITORIES, type ArchivedImage, parseArchiveManifest } from "../../spec/image/docker-archive.ts";
import { blobPath } from "../../spec/image/layout.ts";
import type { ImageManifest } from "../../spec/image/manifest.ts";
import { DOCKER_CONFIG, DOCKER_MANIFEST, layerType } from "../../spec/image/media-types.ts";
import { parseImageConfig } from "../../spec/image/parse-config.ts";
import { encodeManifest, LARGEST_MANIFEST, parseManifest } from "../../spec/image/parse-manifest.ts";
import type { Platform } from "../../spec/image/platform.ts";
import type { Compression } from "../layers/compression.ts";
import type { ImageDestination, ImageSource, ManifestBytes, TransferOptions } from "../ports/transport.ts";
import { type ArchiveTarget, singleImageArchive } from "./archive-writer.ts";
import type { FileSet } from "./file-set.ts";
import { isLayout, LayoutSource, readLayoutIndex } from "./layout-source.ts";
import { compressionOf } from "./spool.ts";
import { TarFiles, type TarOptions } from "./tar-files.ts";
import type { ImageChoice } from "./transport-name.ts";

/** Indexes inside indexes of the layout. */
const DEEPEST_INDEX = 4;

/** The images of an archive, by the names that it gives them. @throws TeuError. */
export async function listDockerArchive(files: FileSet): Promise<readonly ArchivedImage[]> {
  const bytes = await files.read(ARCHIVE_MANIFEST, LARGEST_MANIFEST);
  if (bytes !== undefined) return parseArchiveManifest(bytes);
  if ((await files.size(ARCHIVE_REPOSITORIES)) !== undefined) {
    throw new TeuError(
      "unsupported",
      `read the archive ${files.name}: it was saved by a docker before 1.10; load and save it with a newer one`,
    );
  }
  throw new TeuError("invalid", `read the archive ${files.name}: it has no ${ARCHIVE_MANIFEST}, so docker did not save it`);
}

/** `debian` and `docker.io/library/debian:latest` are the same to people; what is no reference is itself. */
function fullName(name: string): string {
  try {
    return formatReference(withDefaultTag(parseReference(name)));
  } catch (error) {
    if (error instanceof TeuError) return name;
    throw error;
  }
}

function choose(rows: readonly ArchivedImage[], { reference, index }: ImageChoice, subject: string): ArchivedImage {
  const names = rows.flatMap(({ RepoTags, Config }) => RepoTags?.[0] ?? Config);
  const there = `it holds ${names.slice(0, 10).join(", ")}${names.length > 10 ? ` and ${names.length - 10} more` : ""}`;
  if (reference !== undefined) {
    const row = rows.find(({ RepoTags = [] }) => RepoTags.some((tag) => fullName(tag) === fullName(reference)));
    if (row === undefined) throw new TeuError("not-found", `find the image ${reference} in ${subject}: ${there}`);
    return row;
  }
  const row = rows[index ?? 0];
  if (row === undefined) throw new TeuError("not-found", `find image ${index ?? 0} in ${subject}: it holds ${rows.length}`);
  if (index === undefined && rows.length > 1) throw new TeuError("invalid", `${subject} holds ${rows.length} images, choose one: ${there}`);
  return row;
}

/** @throws TeuError `not-found`, `invalid`, `unsupported`. */
export async function openDockerArchive(path: string, choice: ImageChoice, options: TarOptions): Promise<ImageSource> {
  return dockerArchiveSource(`docker-archive:${path}`, await TarFiles.open(path, options), choice);
}

/** A source over an archive that is open; it owns the files. */
export async function dockerArchiveSource(name: string, files: FileSet, choice: ImageChoice): Promise<ImageSource> {
  try {
    const row = choose(await listDockerArchive(files), choice, name);
    const root = await findInLayout(files, row);
    return root === undefined ? await oldArchive(name, files, row) : new LayoutSource(name, files, root);
  } catch (error) {
    await files[Symbol.asyncDispose]();
    throw error;
  }
}

/** What the layout in an archive calls the image of a row: whatever leads to its configuration. */
async function findInLayout(files: FileSet, row: ArchivedImage): Promise<Descriptor | undefined> {
  if (!(await isLayout(files))) return undefined;
  const leadsThere = async (descriptor: Descriptor, depth: number): Promise<boolean> => {
    const bytes = await files.read(blobPath(descriptor.digest), LARGEST_MANIFEST);
    if (bytes === undefined || depth > DEEPEST_INDEX) return false;
    const { manifest, index } = parseManifest(bytes, descriptor.mediaType);
    if (manifest !== undefined) return blobPath(manifest.config.digest) === row.Config;
    for (const child of index.manifests) if (await leadsThere(child, depth + 1)) return true;
    return false;
  };
  for (const descriptor of (await readLayoutIndex(files)).manifests) if (await leadsThere(descriptor, 0)) return descriptor;
  return undefined;
}

/** A layer as it lies in an old archive. */
interface StoredLayer {
  readonly path: string;
  readonly descriptor: Descriptor;
}

async function oldArchive(name: string, files: FileSet, row: ArchivedImage): Promise<ImageSource> {
  const config = await files.read(row.Config, LARGEST_MANIFEST);
  if (config === undefined) throw new TeuError("invalid", `read ${name}: the configuration ${row.Config} is missing`);
  const { diff_ids } = parseImageConfig(config).rootfs;
  if (diff_ids.length !== row.Layers.length) {
    const counts = `${row.Layers.length} layers, its configuration ${diff_ids.length}`;
    throw new TeuError("invalid", `read ${name}: ${ARCHIVE_MANIFEST} lists ${counts}`);
  }
  const layers: StoredLayer[] = [];
  for (const [at, diffId] of diff_ids.entries()) layers.push(await describeLayer(name, files, row.Layers[at] ?? "", diffId));
  const configDescriptor = { mediaType: DOCKER_CONFIG, digest: digestOf(config), size: config.length };
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: DOCKER_MANIFEST,
    config: configDescriptor,
    layers: layers.map(({ descriptor }) => descriptor),
  };
  return new OldArchiveSource(name, files, encodeManifest(manifest), [{ path: row.Config, descriptor: configDescriptor }, ...layers]);
}

async function describeLayer(name: string, files: FileSet, path: string, diffId: Digest): Promise<StoredLayer> {
  const size = await files.size(path);
  if (size === undefined) throw new TeuError("invalid", `read ${name}: the layer ${path} is missing`);
  const { compression, digest } = await digestIfPacked(await files.stream(path, 0));
  // A plain layer's digest is its diffID; whoever takes the bytes holds them against it.
  return {
    path,
    descriptor: { mediaType: layerType("docker", compression === "none" ? "none" : compression), digest: digest ?? diffId, size },
  };
}

/** Looks at the first bytes; only a compressed layer, which nothing names by its digest, is read to its end. */
async function digestIfPacked(
  content: AsyncIterable<Uint8Array>,
): Promise<{ readonly compression: Compression; readonly digest?: Digest }> {
  const digester = new Digester();
  let compression: Compression | undefined;
  for await (const chunk of content) {
    compression ??= compressionOf(chunk);
    if (compression === "none") return { compression };
    digester.update(chunk);
  }
  return compression === undefined ? { compression: "none" } : { compression, digest: digester.digest() };
}

class OldArchiveSource implements ImageSource {
  readonly name: string;
  readonly seekable = true;
  readonly #files: FileSet;
  readonly #manifest: ManifestBytes;
  readonly #paths: ReadonlyMap<Digest, string>;

  constructor(name: string, files: FileSet, manifest: Uint8Array, blobs: readonly StoredLayer[]) {
    this.name = name;
    this.#files = files;
    this.#manifest = { bytes: manifest, digest: digestOf(manifest), mediaType: DOCKER_MANIFEST };
    this.#paths = new Map(blobs.map(({ path, descriptor }) => [descriptor.digest, path]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#files[Symbol.asyncDispose]();
  }

  async manifest(digest?: Digest): Promise<ManifestBytes> {
    if (digest === undefined || digest === this.#manifest.digest) return this.#manifest;
    throw new TeuError("not-found", `read the manifest ${digest} of ${this.name}: the archive has one image without digests`);
  }

  async blob(
    { digest }: Descriptor,
    { offset = 0, signal }: TransferOptions & { readonly offset?: number } = {},
  ): Promise<AsyncIterable<Uint8Array>> {
    const path = this.#paths.get(digest);
    if (path === undefined) throw new TeuError("not-found", `read the blob ${digest} of ${this.name}: it is missing`);
    return this.#files.stream(path, offset, signal);
  }
}

/** An archive that replaces whatever is at the target, with its `commit`. */
export function dockerArchiveDestination(
  target: ArchiveTarget,
  names: readonly string[],
  options: { readonly temporary: string; readonly platform: Platform },
): Promise<ImageDestination> {
  return singleImageArchive(target, { ...options, format: "docker" }, names);
}
