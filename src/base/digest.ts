// Digests (image-spec 1.1, descriptor.md "Digests"): `algorithm:hex`, the names that content is known by. Hashing is Bun's own:
// loading node:crypto costs 2 ms at start, two thirds of an empty program.
import { InvalidInputError } from "./errors.ts";

declare const digestBrand: unique symbol;
/** `sha256:…` or `sha512:…`, of the right length, in lower case. */
export type Digest = string & { readonly [digestBrand]: true };

/** The registered algorithms, with the number of hexadecimal digits that each must have. */
const ALGORITHMS = { sha256: 64, sha512: 128 } as const;
export type DigestAlgorithm = keyof typeof ALGORITHMS;

function isAlgorithm(name: string): name is DigestAlgorithm {
  return Object.hasOwn(ALGORITHMS, name);
}

/** Takes a text as a digest. @throws InvalidInputError for other algorithms, lengths and characters. */
export function parseDigest(text: string): Digest {
  const [algorithm = "", hex = "", ...rest] = text.split(":", 3);
  const refuse = (message: string) => new InvalidInputError(`digest ${JSON.stringify(text.slice(0, 160))}`, [{ field: "digest", message }]);
  if (!isAlgorithm(algorithm)) throw refuse(`must begin with ${Object.keys(ALGORITHMS).join(": or ")}:`);
  const length = ALGORITHMS[algorithm];
  if (rest.length > 0 || hex.length !== length || !/^[0-9a-f]+$/.test(hex))
    throw refuse(`must have ${length} hexadecimal digits in lower case`);
  return text as Digest;
}

export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  return digest.startsWith("sha512") ? "sha512" : "sha256";
}

/** The part after the colon: a safe file name. */
export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1);
}

/** The digest of some bytes, or of a text in UTF-8. */
export function digestOf(content: string | Uint8Array, algorithm: DigestAlgorithm = "sha256"): Digest {
  return `${algorithm}:${new Bun.CryptoHasher(algorithm).update(content).digest("hex")}` as Digest;
}
