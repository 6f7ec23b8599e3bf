// `sync`: many images from a registry or a directory to a registry or a directory, as skopeo-sync(1) does. Registries come in as functions;
// this file decides what goes where, and goes on or stops when one image fails.
import { isDigest } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import type { ImageDestination, ImageSource } from "../ports/transport.ts";
import { type CopyOptions, copyImage } from "./copy.ts";
import type { SyncImage, SyncRegistry } from "./sync-list.ts";

/** One image to be moved. */
export interface SyncItem {
  /** What it is called at the source, without the transport: `quay.io/acme/app:1`. */
  readonly from: string;
  /** Path below the destination: `app:1`, or with `scoped` the whole name. */
  readonly to: string;
}

export interface SyncPorts {
  openSource(from: string): Promise<ImageSource>;
  /** `to` as in the item; a registry puts its repository prefix in front, a directory its path. */
  openDestination(to: string): Promise<ImageDestination>;
  /** Every tag of a repository of a source registry. */
  listTags(registry: SyncRegistry, repository: string): Promise<readonly string[]>;
}

export interface SyncOptions extends Omit<CopyOptions, "additional"> {
  /** Keeps the registry and the whole path in the destination's name, so that images of the same last name stay apart. */
  readonly scoped?: boolean;
  readonly dryRun?: boolean;
  /** Goes on after an image that failed. */
  readonly keepGoing?: boolean;
  /** Moves one image, and again if that may help. */
  readonly retry?: (move: () => Promise<void>) => Promise<void>;
  /** Told before each image. */
  readonly onItem?: (item: SyncItem) => void;
}

export interface SyncResult {
  readonly copied: readonly SyncItem[];
  readonly failed: readonly { readonly item: SyncItem; readonly error: unknown }[];
}

/** The name of an image at its destination: `a.io/b/c:1` is `c:1`, or `a.io/b/c:1` when it is scoped. */
export function destinationName(from: string, scoped: boolean): string {
  return scoped ? from : from.slice(from.lastIndexOf("/") + 1);
}

async function tagsOf(
  registry: SyncRegistry,
  { repository, wanted }: SyncImage,
  listTags: SyncPorts["listTags"],
): Promise<readonly string[]> {
  if (Array.isArray(wanted)) return wanted;
  // Registries list in no order that lasts; runs should be alike.
  const all = [...(await listTags(registry, repository))].sort();
  return wanted instanceof RegExp ? all.filter((tag) => wanted.test(tag)) : all;
}

/** All images that a list wants, asking its registries for tags. @throws TeuError `conflict` when two would have one name. */
export async function itemsOf(
  registries: readonly SyncRegistry[],
  listTags: SyncPorts["listTags"],
  scoped: boolean,
): Promise<readonly SyncItem[]> {
  const items = new Map<string, SyncItem>();
  for (const registry of registries) {
    for (const image of registry.images) {
      for (const tag of await tagsOf(registry, image, listTags)) {
        const from = `${registry.registry}/${image.repository}${isDigest(tag) ? "@" : ":"}${tag}`;
        const to = destinationName(from, scoped);
        const other = items.get(to);
        if (other !== undefined && other.from !== from) {
          throw new TeuError("conflict", `sync ${from}: ${other.from} goes to ${to} too; use --scoped to keep them apart`);
        }
        items.set(to, { from, to });
      }
    }
  }
  return [...items.values()];
}

/**
 * Moves the items, one after the other (each copies its blobs in parallel).
 * @throws the first failure unless `keepGoing`; then failures are in the result.
 */
export async function syncItems(
  items: readonly SyncItem[],
  ports: Pick<SyncPorts, "openSource" | "openDestination">,
  options: SyncOptions,
): Promise<SyncResult> {
  const { dryRun = false, keepGoing = false, retry = (move) => move(), onItem, ...copyOptions } = options;
  const copied: SyncItem[] = [];
  const failed: { item: SyncItem; error: unknown }[] = [];
  for (const item of items) {
    options.signal?.throwIfAborted();
    onItem?.(item);
    try {
      if (!dryRun) await retry(() => moveItem(item, ports, copyOptions));
      copied.push(item);
    } catch (error) {
      if (!keepGoing || options.signal?.aborted === true) throw error;
      failed.push({ item, error });
    }
  }
  return { copied, failed };
}

async function moveItem(
  { from, to }: SyncItem,
  ports: Pick<SyncPorts, "openSource" | "openDestination">,
  options: CopyOptions,
): Promise<void> {
  await using source = await ports.openSource(from);
  await using destination = await ports.openDestination(to);
  await copyImage(source, destination, options);
}

/** The images of a directory that `sync` made: each directory below that holds a manifest.json, by its path. */
export async function itemsOfDirectory(root: string, scoped: boolean): Promise<readonly SyncItem[]> {
  const { readdir } = await import("node:fs/promises");
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name === "manifest.json")
    .map((entry) => entry.parentPath)
    .sort()
    .map((path) => ({ from: path, to: destinationName(path.slice(root.length).replace(/^\/+/, ""), scoped) }));
}
