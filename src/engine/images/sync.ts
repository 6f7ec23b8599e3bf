// Use case `image sync`: many images from a registry, a directory or a list to a registry or a directory. What is there already is not
// moved again: a second run asks for digests and manifests only.
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { InvalidInputError, TeuError } from "../../base/errors.ts";
import { reasonOf } from "../../base/file-errno.ts";
import { listTags } from "../../image/client/listings.ts";
import { itemsOf, itemsOfDirectory, type SyncItem, type SyncResult, syncItems } from "../../image/copy/sync.ts";
import { parseSyncList, type SyncRegistry } from "../../image/copy/sync-list.ts";
import type { ProgressSink } from "../../image/ports/progress.ts";
import type { TlsFiles } from "../../spec/config/registries.ts";
import { type ImageReference, isTag, parseReference } from "../../spec/distribution/reference.ts";
import type { MediaFamily } from "../../spec/image/media-types.ts";
import type { Platform } from "../../spec/image/platform.ts";
import type { ImageEngine } from "./image-engine.ts";
import type { RegistryAccess } from "./network.ts";
import { retrying } from "./retry.ts";
import { openDestination, openSource } from "./transports.ts";

export interface SyncEnd<T extends string> {
  readonly transport: T;
  /** A repository with or without a tag, a directory, or the file of a list. */
  readonly place: string;
  readonly access?: RegistryAccess | undefined;
}

export interface SyncRequest {
  readonly from: SyncEnd<"docker" | "dir" | "yaml">;
  readonly to: SyncEnd<"docker" | "dir">;
  readonly scoped?: boolean;
  readonly dryRun?: boolean;
  readonly keepGoing?: boolean;
  readonly all?: boolean;
  readonly platform?: Platform | undefined;
  readonly format?: MediaFamily | undefined;
  readonly preserveDigests?: boolean;
  readonly retries?: number;
  /** The files in a directory that a list names. */
  readonly certificates: (directory: string) => TlsFiles;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressSink | undefined;
  /** Told before each image: its place, of how many, its names with their transports. */
  readonly onItem?: (item: { readonly at: number; readonly of: number; readonly from: string; readonly to: string }) => void;
}

export interface Synced extends SyncResult {
  /** Repositories, or the one directory. */
  readonly sources: number;
}

/** @throws InvalidInputError for a wrong list; TeuError `conflict` for names that collide; the first failure unless `keepGoing` */
export async function sync(images: ImageEngine, request: SyncRequest): Promise<Synced> {
  const { from, to, scoped = false, dryRun = false, keepGoing = false, retries = 0, signal, onProgress, onItem } = request;
  const registries = await registriesOf(from);
  const access = accessByRegistry(registries, request);
  const items =
    registries === undefined
      ? await directoryItems(from.place, scoped)
      : await itemsOf(registries, tagsWith(images, access, signal), scoped);
  const sourceName = (item: SyncItem) => `${registries === undefined ? "dir:" : "docker://"}${item.from}`;
  let at = 0;
  const result = await syncItems(
    items,
    {
      openSource: (name) =>
        registries === undefined
          ? openSource(images, { transport: "dir", path: name }, { signal })
          : openSource(images, { transport: "docker", reference: name }, { signal, access: access(parseReference(name)) }),
      openDestination: (name) => {
        if (to.transport === "docker")
          return openDestination(images, { transport: "docker", reference: `${to.place}/${name}` }, { signal, access: to.access });
        const path = join(to.place, name);
        mkdirSync(dirname(path), { recursive: true });
        return openDestination(images, { transport: "dir", path }, { signal });
      },
    },
    {
      platform: request.platform ?? images.platform,
      direction: "out",
      all: request.all === true,
      preserveDigests: request.preserveDigests === true,
      dryRun,
      keepGoing,
      retry: (move) => retrying(retries, move, { signal }),
      onItem: (item) => {
        at += 1;
        const target = to.transport === "docker" ? `docker://${to.place}/${item.to}` : `dir:${join(to.place, item.to)}`;
        onItem?.({ at, of: items.length, from: sourceName(item), to: target });
      },
      ...(request.format === undefined ? {} : { format: request.format }),
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress }),
    },
  );
  return { ...result, sources: registries?.flatMap((registry) => registry.images).length ?? 1 };
}

/** What is wanted of which registries; undefined when the source is a directory. */
async function registriesOf({ transport, place }: SyncRequest["from"]): Promise<readonly SyncRegistry[] | undefined> {
  if (transport === "dir") return undefined;
  if (transport === "yaml") return parseSyncList(readList(place));
  const { registry, repository, tag, digest } = parseReference(place);
  const one = digest ?? tag;
  return [{ registry, images: [{ repository, wanted: one === undefined ? "all" : [one] }] }];
}

const LARGEST_LIST = 4 * 1024 * 1024;

function readList(path: string): string {
  try {
    if (statSync(path).size > LARGEST_LIST)
      throw new InvalidInputError(`the sync list ${path}`, [
        { field: "document", message: `is larger than ${LARGEST_LIST / 1024 ** 2} MiB` },
      ]);
    return readFileSync(path, "utf8");
  } catch (cause) {
    if (cause instanceof TeuError) throw cause;
    throw new TeuError("not-found", `read the sync list ${path}: ${reasonOf(cause)}`, { cause });
  }
}

async function directoryItems(place: string, scoped: boolean): Promise<readonly SyncItem[]> {
  try {
    const items = await itemsOfDirectory(place.replace(/\/+$/, ""), scoped);
    if (items.length === 0) throw new TeuError("not-found", `sync dir:${place}: it holds no images`);
    return items;
  } catch (cause) {
    if (cause instanceof TeuError) throw cause;
    throw new TeuError("not-found", `sync dir:${place}: ${reasonOf(cause)}`, { cause });
  }
}

type AccessOf = (reference: Pick<ImageReference, "registry">) => RegistryAccess;

/** What a list says of a registry wins over the command line. */
function accessByRegistry(
  registries: readonly SyncRegistry[] | undefined,
  { from: { access: said = {} }, certificates }: SyncRequest,
): AccessOf {
  const known = new Map<string, RegistryAccess>();
  for (const { registry, credentials, tlsVerify, certDir } of registries ?? []) {
    known.set(parseReference(`${registry}/any`).registry, {
      ...said,
      ...(credentials === undefined ? {} : { credential: { kind: "password", ...credentials } }),
      ...(tlsVerify === undefined ? {} : { insecure: !tlsVerify }),
      ...(certDir === undefined ? {} : certificates(certDir)),
    });
  }
  return ({ registry }) => known.get(registry) ?? said;
}

function tagsWith(images: ImageEngine, access: AccessOf, signal: AbortSignal | undefined) {
  return async ({ registry }: SyncRegistry, repository: string): Promise<readonly string[]> => {
    const reference = parseReference(`${registry}/${repository}`);
    const network = await images.network();
    const tags = await Array.fromAsync(listTags(network.repository(reference, access(reference)), signal === undefined ? {} : { signal }));
    const wrong = tags.find((tag) => !isTag(tag)); // they become names of directories
    if (wrong !== undefined)
      throw new TeuError("invalid", `sync ${registry}/${repository}: ${JSON.stringify(wrong.slice(0, 200))} is no tag`);
    return tags;
  };
}
