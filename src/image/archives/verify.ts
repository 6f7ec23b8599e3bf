// A blob's bytes held against its descriptor while they pass: image-spec 1.1 descriptor.md, "Verification".
import { algorithmOf, Digester, digestOf } from "../../base/digest.ts";
import { InvalidInputError } from "../../base/errors.ts";
import type { Descriptor } from "../../spec/image/descriptor.ts";

function wrong({ digest }: Descriptor, message: string): InvalidInputError {
  return new InvalidInputError(`the blob ${digest}`, [{ field: "content", message }]);
}

/**
 * Passes the bytes through; the last chunk is given only when they are known to be the descriptor's.
 * @throws InvalidInputError from the stream.
 */
export async function* verified(source: AsyncIterable<Uint8Array>, descriptor: Descriptor): AsyncGenerator<Uint8Array> {
  const digester = new Digester(algorithmOf(descriptor.digest));
  let held: Uint8Array | undefined;
  for await (const chunk of source) {
    if (held !== undefined) yield held;
    digester.update(chunk);
    if (digester.size > descriptor.size) throw wrong(descriptor, `it has more than the ${descriptor.size} bytes of its descriptor`);
    held = chunk;
  }
  if (digester.size !== descriptor.size) throw wrong(descriptor, `it has ${digester.size} bytes, not ${descriptor.size}`);
  const digest = digester.digest();
  if (digest !== descriptor.digest) throw wrong(descriptor, `its digest is ${digest}`);
  if (held !== undefined) yield held;
}

/** Checks bytes that are in memory. @throws InvalidInputError. */
export function verifyBytes(bytes: Uint8Array, descriptor: Descriptor): void {
  if (bytes.length !== descriptor.size) throw wrong(descriptor, `it has ${bytes.length} bytes, not ${descriptor.size}`);
  const digest = digestOf(bytes, algorithmOf(descriptor.digest));
  if (digest !== descriptor.digest) throw wrong(descriptor, `its digest is ${digest}`);
}
