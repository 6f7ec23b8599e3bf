// Use case `manifest inspect`: a list that is being made, or what a registry has, in docker's forms.
import { TeuError } from "../../base/errors.ts";
import { parseTransportName } from "../../image/archives/transport-name.ts";
import { listBytes } from "../../image/copy/manifest-list.ts";
import { readConfig } from "../../image/copy/read-config.ts";
import type { ImageSource, ManifestBytes } from "../../image/ports/transport.ts";
import { isImage } from "../../spec/image/artifact.ts";
import type { Descriptor } from "../../spec/image/descriptor.ts";
import type { ImageManifest } from "../../spec/image/manifest.ts";
import { parseImageConfig, platformOfConfig } from "../../spec/image/parse-config.ts";
import { parseManifest } from "../../spec/image/parse-manifest.ts";
import type { EndOptions } from "./end-options.ts";
import type { ImageEngine } from "./image-engine.ts";
import { findManifestList, imageIn, imageName, type ManifestList, openOrigin } from "./manifest-lists.ts";
import { openSource } from "./transports.ts";

/** One image, as `--verbose` has it. */
export interface VerboseManifest {
  readonly ref: string;
  readonly descriptor: Descriptor;
  readonly raw: Uint8Array;
}

export type InspectedManifest =
  /** The bytes of a list, in docker's form of lists. */
  { readonly kind: "list"; readonly bytes: Uint8Array } | { readonly kind: "manifest"; readonly bytes: Uint8Array };

export interface InspectManifestOptions extends EndOptions {
  /** A list of ours that the image is looked for in. */
  readonly list?: string | undefined;
}

/** What a name means: a list of ours first, then what else has the name. @throws TeuError `not-found` */
export async function inspectManifest(images: ImageEngine, text: string, options: InspectManifestOptions = {}): Promise<InspectedManifest> {
  if (options.list !== undefined) return { kind: "manifest", bytes: (await inList(images, options.list, text, options)).raw };
  const list = await findList(images, text);
  if (list !== undefined) return { kind: "list", bytes: listBytes(list.index) };
  await using source = await openNamed(images, text, options);
  const { bytes, mediaType } = await manifestOf(source, text);
  const { index } = parseManifest(bytes, mediaType);
  return index === undefined ? { kind: "manifest", bytes } : { kind: "list", bytes: listBytes(index) };
}

/** The same with every image of a list; one that is no list is alone. */
export async function inspectManifestVerbose(
  images: ImageEngine,
  text: string,
  options: InspectManifestOptions = {},
): Promise<VerboseManifest | readonly VerboseManifest[]> {
  if (options.list !== undefined) return inList(images, options.list, text, options);
  const list = await findList(images, text);
  if (list !== undefined) {
    const found: VerboseManifest[] = [];
    for (const descriptor of list.index.manifests) found.push(await member(images, list, descriptor, options));
    return found;
  }
  await using source = await openNamed(images, text, options);
  const top = await manifestOf(source, text);
  const { manifest, index } = parseManifest(top.bytes, top.mediaType);
  const ref = source.name.replace(/^docker:\/\//, "");
  if (index === undefined) return { ref, descriptor: await describe(source, top, manifest), raw: top.bytes };
  const found: VerboseManifest[] = [];
  for (const descriptor of index.manifests)
    found.push({ ref: `${ref}@${descriptor.digest}`, descriptor, raw: (await source.manifest(descriptor.digest)).bytes });
  return found;
}

/** One image of a list of ours, by its name or digest. */
async function inList(images: ImageEngine, listName: string, text: string, options: EndOptions): Promise<VerboseManifest> {
  const list = await findManifestList(images, listName);
  if (list === undefined) throw new TeuError("not-found", `No such manifest: ${listName}`);
  const digest = (await imageIn(images, text))(list);
  const descriptor = list.index.manifests.find((entry) => entry.digest === digest);
  if (descriptor === undefined) throw new TeuError("not-found", `No such manifest: ${text}`);
  return member(images, list, descriptor, options);
}

async function member(images: ImageEngine, list: ManifestList, descriptor: Descriptor, options: EndOptions): Promise<VerboseManifest> {
  const origin = list.origins[descriptor.digest] ?? list.name;
  await using source = await openOrigin(images, list, descriptor.digest, options);
  return { ref: origin.replace(/^docker:\/\//, ""), descriptor, raw: (await source.manifest(descriptor.digest)).bytes };
}

/** Of names with a transport there are no lists of ours. */
async function findList(images: ImageEngine, text: string): Promise<ManifestList | undefined> {
  return parseTransportName(text).transport === "store" ? findManifestList(images, text) : undefined;
}

async function openNamed(images: ImageEngine, text: string, options: EndOptions): Promise<ImageSource> {
  return openSource(images, await imageName(images, text), options);
}

async function manifestOf(source: ImageSource, text: string): Promise<ManifestBytes> {
  try {
    return await source.manifest();
  } catch (error) {
    if (!(error instanceof TeuError && error.code === "not-found")) throw error;
    throw new TeuError("not-found", `no such manifest: ${text}`, { cause: error });
  }
}

async function describe(source: ImageSource, { bytes, mediaType, digest }: ManifestBytes, manifest: ImageManifest): Promise<Descriptor> {
  const descriptor = { mediaType, digest, size: bytes.length };
  if (!isImage(manifest)) return descriptor;
  return { ...descriptor, platform: platformOfConfig(parseImageConfig(await readConfig(source, manifest.config, {}))) };
}
