// Use case `pull`: an image from a registry into the store, its layers unpacked while they download.
import type { Digest } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import type { ProgressSink } from "../../image/ports/progress.ts";
import { formatReference, type ImageReference, withDefaultTag } from "../../spec/distribution/reference.ts";
import type { Platform } from "../../spec/image/platform.ts";
import type { ImageEngine } from "./image-engine.ts";
import type { RegistryAccess } from "./network.ts";
import { receiveImage } from "./receive.ts";

export interface PullOptions {
  /** The host's when absent. */
  readonly platform?: Platform | undefined;
  readonly access?: RegistryAccess | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressSink | undefined;
}

export interface Pulled {
  readonly reference: ImageReference;
  /** Of what the name means: an index, where the registry has one. */
  readonly digest: Digest;
  /** The store had the name with this digest before. */
  readonly upToDate: boolean;
}

/**
 * Pulls what a name means, from the first registry that has it.
 * @throws TeuError `not-found` when none has, with each one's words; what the registry, the network and the store say
 */
export async function pull(images: ImageEngine, text: string, options: PullOptions = {}): Promise<Pulled> {
  const network = await images.network();
  const references = network.names(text).map(withDefaultTag);
  const failures: TeuError[] = [];
  for (const reference of references) {
    try {
      return await pullReference(images, reference, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof TeuError) || references.length === 1) throw error;
      failures.push(error);
    }
  }
  throw new TeuError("not-found", `pull ${text}: no registry has it: ${failures.map(({ message }) => message).join("; ")}`);
}

async function pullReference(images: ImageEngine, reference: ImageReference, options: PullOptions): Promise<Pulled> {
  const network = await images.network();
  await using source = network.source(reference, options.access);
  const name = nameOf(reference);
  const before = images.store.names.find(name)?.digest;
  const repository = `${reference.registry}/${reference.repository}`;
  const { digest } = await receiveImage(images, source, { ...options, name, repository });
  return { reference, digest, upToDate: before === digest };
}

/** The canonical name that the store keeps: by digest where there is one, as docker does, whatever the tag. */
function nameOf({ tag, ...reference }: ImageReference): string {
  return formatReference(reference.digest === undefined && tag !== undefined ? { ...reference, tag } : reference);
}
