// The configuration of an image that is looked at and not stored.
import { algorithmOf, digestOf } from "../../base/digest.ts";
import { InvalidInputError } from "../../base/errors.ts";
import type { ImageSource, TransferOptions } from "../../image/ports/transport.ts";
import type { Descriptor } from "../../spec/image/descriptor.ts";
import { LARGEST_MANIFEST } from "../../spec/image/parse-manifest.ts";
import type { ImageEngine } from "./image-engine.ts";

/** The bytes of a configuration, from the store where it has them. @throws InvalidInputError when they are not the descriptor's */
export async function configBytes(
  { store }: ImageEngine,
  source: ImageSource,
  config: Descriptor,
  transfer: TransferOptions,
): Promise<Uint8Array> {
  if (store.blobs.size(config.digest) !== undefined) return store.blobs.readSmall(config.digest, LARGEST_MANIFEST);
  const refuse = (message: string) => new InvalidInputError(`image ${source.name}`, [{ field: "config", message }]);
  if (config.size > LARGEST_MANIFEST) throw refuse(`is larger than ${LARGEST_MANIFEST} bytes`);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of await source.blob(config, transfer)) {
    size += chunk.length;
    if (size > config.size) break;
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  if (size !== config.size || digestOf(bytes, algorithmOf(config.digest)) !== config.digest)
    throw refuse("its bytes are not those of its digest");
  return bytes;
}
