// The configuration of an image, out of whatever has the image, checked.
import { algorithmOf, digestOf } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import type { Descriptor } from "../../spec/image/descriptor.ts";
import { LARGEST_MANIFEST } from "../../spec/image/parse-manifest.ts";
import type { ImageSource, TransferOptions } from "../ports/transport.ts";

/** @throws TeuError `invalid` for one that is too large or not what its digest says */
export async function readConfig(source: ImageSource, descriptor: Descriptor, options: TransferOptions): Promise<Uint8Array> {
  const wrong = (why: string) => new TeuError("invalid", `read the configuration ${descriptor.digest} of ${source.name}: ${why}`);
  if (descriptor.size > LARGEST_MANIFEST) throw wrong(`it has more than ${LARGEST_MANIFEST} bytes`);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of await source.blob(descriptor, options)) {
    size += chunk.length;
    if (size > descriptor.size) throw wrong("it is longer than its descriptor says");
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(Buffer.concat(chunks));
  if (digestOf(bytes, algorithmOf(descriptor.digest)) !== descriptor.digest) throw wrong("its bytes have another digest");
  return bytes;
}
