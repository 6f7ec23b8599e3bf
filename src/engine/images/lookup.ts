// What `run` asks of images (image-lookup.ts), answered by the store and, where it may be asked, a registry.
import { TeuError } from "../../base/errors.ts";
import type { ProgressSink } from "../../image/ports/progress.ts";
import type { Lease } from "../../image/store/leases.ts";
import type { StoredImage } from "../../image/store/names.ts";
import { chainIds } from "../../spec/image/chain-id.ts";
import { isOfPlatform, matchPlatform } from "../../spec/image/match-platform.ts";
import { parseImageConfig } from "../../spec/image/parse-config.ts";
import { LARGEST_MANIFEST, parseManifest } from "../../spec/image/parse-manifest.ts";
import { type Platform, parsePlatform } from "../../spec/image/platform.ts";
import { withTag } from "../roots/find-image.ts";
import type { EnsureOptions, ImageLookup, ResolvedImage, ResolveOptions } from "../roots/image-lookup.ts";
import { findStored } from "./find.ts";
import type { ImageEngine } from "./image-engine.ts";
import { openUnpacker } from "./receive.ts";

export interface LookupOptions {
  readonly signal?: AbortSignal;
  /** Opens what shows how a pull goes, unless it is to be quiet. */
  readonly progress?: () => Disposable & { readonly sink: ProgressSink };
}

/**
 * Images for containers. What it gives stays until this process ends: a lease holds it, and from then on the container's record does.
 */
export function openLookup(images: ImageEngine, options: LookupOptions = {}): ImageLookup {
  const resolve = async (name: string, { platform }: ResolveOptions): Promise<ResolvedImage | undefined> => {
    const held = await hold(images, name);
    const wanted = { platform: wantedPlatform(images, platform), isAsked: platform !== undefined };
    return held === undefined ? undefined : resolveImage(images, held, { ...options, ...wanted });
  };
  return {
    resolve,
    async ensure(name: string, { pull: policy, quiet, ...wanted }: EnsureOptions): Promise<ResolvedImage> {
      if (policy !== "always") {
        const found = await resolve(name, wanted);
        if (found !== undefined) return found;
      }
      if (policy === "never") throw new TeuError("not-found", `No such image: ${name}`);
      const { BOOTSTRAP, pull } = await import("./pull.ts");
      using view = quiet ? undefined : options.progress?.();
      await pull(images, name.startsWith(BOOTSTRAP) ? name : withTag(name), {
        platform: wantedPlatform(images, wanted.platform),
        signal: options.signal,
        onProgress: view && withoutOutcome(view.sink),
      });
      const pulled = await resolve(name, wanted);
      if (pulled === undefined) throw new TeuError("not-found", `image ${name}: it was removed as soon as it was pulled`);
      return pulled;
    },
  };
}

/** The outcome of a pull is its image's name, which whoever runs it has typed. */
function withoutOutcome(sink: ProgressSink): ProgressSink {
  return (event) => {
    if (event.kind === "layer" || event.last !== true) sink(event);
  };
}

function wantedPlatform({ platform }: ImageEngine, text: string | undefined): Platform {
  return text === undefined ? platform : parsePlatform(text, platform);
}

interface HeldImage {
  readonly found: StoredImage;
  readonly lease: Lease;
}

/** The image that a name means, leased; looked for again when another command has taken it away between the two. */
async function hold(images: ImageEngine, name: string): Promise<HeldImage | undefined> {
  for (;;) {
    const found = await findStored(images, name);
    if (found === undefined) return undefined;
    const lease = images.store.lease(); // ends with this process
    try {
      images.store.useImage(found.digest, lease);
      return { found, lease };
    } catch (error) {
      lease.release();
      if (!(error instanceof TeuError && error.code === "not-found")) throw error;
    }
  }
}

interface ResolveImageOptions extends LookupOptions {
  readonly platform: Platform;
  /** Somebody wants this platform and no other; else an image that says another one is run as it is. */
  readonly isAsked: boolean;
}

/** An image with its layers, which are unpacked where they are not (a prune, a power cut). Undefined where the store has another platform's only. */
async function resolveImage(
  images: ImageEngine,
  { found, lease }: HeldImage,
  options: ResolveImageOptions,
): Promise<ResolvedImage | undefined> {
  const { store } = images;
  const digest = options.platform === images.platform ? found.manifest : await childFor(images, found, options.platform);
  if (digest === undefined) return undefined;
  const { manifest } = parseManifest(await store.blobs.readSmall(digest, LARGEST_MANIFEST));
  if (manifest === undefined) throw new TeuError("invalid", `image ${found.digest}: there is no image for this platform in it`);
  const config = parseImageConfig(await store.blobs.readSmall(manifest.config.digest, LARGEST_MANIFEST));
  if (options.isAsked && !isOfPlatform(config, options.platform)) return undefined;
  const diffIds = config.rootfs.diff_ids;
  const chains = chainIds(diffIds);
  const there = chains.map((chainId) => store.layers.get(chainId, lease)?.path);
  const layers = there.every((path) => path !== undefined) ? there : await unpack();
  return { id: manifest.config.digest, manifestDigest: digest, config, layers };

  async function unpack(): Promise<readonly string[]> {
    const plan = (manifest?.layers ?? []).flatMap((descriptor, index) => {
      const [diffId, chainId] = [diffIds[index], chains[index]];
      return diffId === undefined || chainId === undefined ? [] : [{ descriptor, diffId, chainId }];
    });
    await using unpacker = openUnpacker(images, { plan, lease, signal: options.signal, onProgress: undefined });
    return (await unpacker.finish()).map(({ path }) => path);
  }
}

/** The image of another platform than the host's; undefined when the store has not got it. */
async function childFor({ store }: ImageEngine, found: StoredImage, platform: Platform): Promise<StoredImage["digest"] | undefined> {
  const { index } = parseManifest(await store.blobs.readSmall(found.digest, LARGEST_MANIFEST), found.mediaType);
  if (index === undefined) return found.digest;
  const { digest } = matchPlatform(index, platform);
  return store.blobs.size(digest) === undefined ? undefined : digest;
}
