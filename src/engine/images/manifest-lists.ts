// Use cases `manifest create`, `add`, `annotate`, `rm`: lists of images for several platforms, kept in the store until they are pushed.
import { type Digest, digestOf, isDigest } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import { formatTransportName, parseTransportName, type TransportName } from "../../image/archives/transport-name.ts";
import { addToList, annotateInList, createList, type ImageAnnotation, listBytes, removeFromList } from "../../image/copy/manifest-list.ts";
import type { ImageSource } from "../../image/ports/transport.ts";
import { formatReference, parseReference, withDefaultTag } from "../../spec/distribution/reference.ts";
import type { ImageIndex } from "../../spec/image/manifest.ts";
import { parseManifest } from "../../spec/image/parse-manifest.ts";
import { readJson } from "../../spec/json/read.ts";
import { record, string } from "../../spec/json/shape.ts";
import type { EndOptions } from "./end-options.ts";
import { findStored, newName } from "./find.ts";
import type { ImageEngine } from "./image-engine.ts";
import { openSource } from "./transports.ts";

/** Where the images of a list come from, by digest, as `transport:rest`. */
export type Origins = Readonly<Record<string, string>>;

export interface ManifestList {
  /** Canonical. */
  readonly name: string;
  readonly index: ImageIndex;
  readonly origins: Origins;
}

export interface AddOptions extends EndOptions {
  /** Of an index: all of its images. */
  readonly all?: boolean;
  readonly annotation?: ImageAnnotation;
}

/** How often a change is tried again that another command was faster than. */
const TRIES = 20;

/**
 * Makes a list of images, or with `amend` adds to one that is there.
 * @throws TeuError `conflict` when there is one; as `addToManifestList`
 */
export async function createManifestList(
  images: ImageEngine,
  text: string,
  names: readonly string[],
  options: AddOptions & { readonly amend?: boolean; readonly annotations?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  const name = await newName(images, text);
  const { annotations } = options;
  const there = images.store.lists.find(name) !== undefined;
  if (there && options.amend !== true) throw new TeuError("conflict", "refusing to amend an existing manifest list with no --amend flag");
  const empty = { name, index: createList(annotations), origins: {} };
  await change(images, name, (list) => addAll(images, list ?? empty, names, options));
  return name;
}

/** @throws TeuError `not-found` for a list or an image that is not there; `unsupported` for an index without `all` */
export async function addToManifestList(
  images: ImageEngine,
  text: string,
  names: readonly string[],
  options: AddOptions = {},
): Promise<Digest> {
  const name = await newName(images, text);
  const { index } = await change(images, name, (list) => addAll(images, required(list, name), names, options));
  return digestOf(listBytes(index));
}

/** Says more of an image in a list, by its name or digest. @throws TeuError `not-found` */
export async function annotateManifest(images: ImageEngine, text: string, image: string, annotation: ImageAnnotation): Promise<void> {
  const name = await newName(images, text);
  const wanted = await imageIn(images, image);
  await change(images, name, async (found) => {
    const list = required(found, name);
    return { list: { ...list, index: annotateInList(list.index, wanted(list), annotation) }, kept: [] };
  });
}

/** Takes an image out of a list, by its name or digest. @throws TeuError `not-found` */
export async function removeManifest(images: ImageEngine, text: string, image: string): Promise<void> {
  const name = await newName(images, text);
  const wanted = await imageIn(images, image);
  await change(images, name, async (found) => {
    const list = required(found, name);
    const digest = wanted(list);
    const { [digest]: _, ...origins } = list.origins;
    return { list: { ...list, index: removeFromList(list.index, digest), origins }, kept: [] };
  });
}

/** @throws TeuError `not-found` */
export async function deleteManifestList(images: ImageEngine, text: string): Promise<void> {
  images.store.lists.remove(await newName(images, text));
}

/** A list by its name; undefined when there is none. */
export async function findManifestList(images: ImageEngine, text: string): Promise<ManifestList | undefined> {
  return read(images, await newName(images, text));
}

/** The source of one image of a list. The store's is found by its digest: it may have lost its name since. */
export async function openOrigin(images: ImageEngine, list: ManifestList, digest: Digest, options: EndOptions): Promise<ImageSource> {
  const name = parseTransportName(list.origins[digest] ?? list.name);
  return name.transport === "store" ? images.store.sourceOf(digest) : openSource(images, name, options);
}

/** What an image's name means: with a transport that; else the store's image, and a registry's where it has none. */
export async function imageName(images: ImageEngine, text: string): Promise<TransportName> {
  const name = parseTransportName(text);
  if (name.transport !== "store" || (await findStored(images, text)) !== undefined) return name;
  return { transport: "docker", reference: await newName(images, text) };
}

interface Changed {
  readonly list: ManifestList;
  /** To be closed when the list is stored: the store's images are kept until then. */
  readonly kept: readonly ImageSource[];
}

async function change(
  images: ImageEngine,
  name: string,
  work: (list: ManifestList | undefined) => Promise<Changed>,
): Promise<ManifestList> {
  const { lists } = images.store;
  for (let tries = 0; tries < TRIES; tries++) {
    const before = lists.find(name);
    const { list, kept } = await work(before === undefined ? undefined : read(images, name));
    await using sources = new AsyncDisposableStack();
    for (const source of kept) sources.use(source);
    const after = { list: Buffer.from(listBytes(list.index)).toString("utf8"), origins: JSON.stringify(list.origins) };
    const stored = Object.entries(list.origins).filter(([, origin]) => parseTransportName(origin).transport === "store");
    if (lists.replace(name, { before, after, keeps: stored.map(([digest]) => digest).filter(isDigest) })) return list;
  }
  throw new TeuError("unavailable", `change the list ${name}: other commands change it all the time`);
}

async function addAll(images: ImageEngine, list: ManifestList, names: readonly string[], options: AddOptions): Promise<Changed> {
  const kept: ImageSource[] = [];
  const { annotation, all = false, ...end } = options;
  let { index, origins } = list;
  try {
    for (const text of names) {
      const name = await imageName(images, text);
      const source = await openSource(images, name, end);
      kept.push(source);
      const before = new Set(index.manifests.map(({ digest }) => digest));
      index = await addToList(index, source, { all, ...(annotation === undefined ? {} : { annotation }) });
      const origin = originOf(name);
      const added = index.manifests.filter(({ digest }) => !before.has(digest)).map(({ digest }) => [digest, origin] as const);
      const there = new Set<string>(index.manifests.map(({ digest }) => digest));
      origins = Object.fromEntries([...Object.entries(origins), ...added].filter(([digest]) => there.has(digest)));
    }
    return { list: { ...list, index, origins }, kept };
  } catch (error) {
    for (const source of kept) await source[Symbol.asyncDispose]();
    throw error;
  }
}

/** In the form in which it is looked for later. */
function originOf(name: TransportName): string {
  if (name.transport !== "docker") return formatTransportName(name);
  return `docker://${formatReference(withDefaultTag(parseReference(name.reference)))}`;
}

function read({ store }: ImageEngine, name: string): ManifestList | undefined {
  const found = store.lists.find(name);
  if (found === undefined) return undefined;
  const { index } = parseManifest(Buffer.from(found.list));
  if (index === undefined) throw new TeuError("internal", `read the list ${name}: it is no index`);
  return { name, index, origins: readJson(found.origins, { subject: `the list ${name}`, shape: record(string) }).value };
}

function required(list: ManifestList | undefined, name: string): ManifestList {
  if (list === undefined) throw new TeuError("not-found", `No such manifest: ${name}`);
  return list;
}

/** Finds an image in a list by its digest or by the name that it was added with. @throws TeuError `not-found`, from the function */
export async function imageIn(images: ImageEngine, text: string): Promise<(list: ManifestList) => Digest> {
  const bare = text.slice(text.lastIndexOf("@") + 1);
  if (isDigest(bare)) return () => bare;
  const elsewhere = parseTransportName(text);
  const names = elsewhere.transport === "store" ? [text, `docker://${await newName(images, text)}`] : [originOf(elsewhere)];
  return ({ name, origins }) => {
    const [digest] = Object.entries(origins).find(([, origin]) => names.includes(origin)) ?? [];
    if (digest === undefined || !isDigest(digest)) throw new TeuError("not-found", `manifest for image ${text} does not exist in ${name}`);
    return digest;
  };
}
