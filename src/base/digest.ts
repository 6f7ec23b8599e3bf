// Content digests: image-spec 1.1 descriptor.md, "Digests". The algorithms are the registered ones; others are refused.
import { InvalidInputError } from "./errors.ts";

declare const digestBrand: unique symbol;
/** `algorithm:hex`, checked: safe as a path of two parts. */
export type Digest = string & { readonly [digestBrand]: true };

export type DigestAlgorithm = "sha256" | "sha512";

/** Hexadecimal digits of each registered algorithm. */
const DIGITS: Readonly<Record<DigestAlgorithm, number>> = { sha256: 64, sha512: 128 };

export function isDigest(text: string): text is Digest {
  const [, algorithm, hex = ""] = /^(sha256|sha512):([0-9a-f]+)$/.exec(text) ?? [];
  return algorithm !== undefined && hex.length === DIGITS[algorithm as DigestAlgorithm];
}

/** @throws InvalidInputError naming `field` when the text is no digest of a registered algorithm. */
export function parseDigest(text: string, field = "digest"): Digest {
  if (isDigest(text)) return text;
  const message = `${JSON.stringify(text.slice(0, 200))} is not sha256: and 64, or sha512: and 128, lower-case hexadecimal digits`;
  throw new InvalidInputError("the digest", [{ field, message }]);
}

export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.startsWith("sha512:") ? "sha512" : "sha256";
}

/** The hexadecimal part. */
export function hexOf(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1);
}

/** A digest in the making: fed chunk by chunk. */
export class Digester {
  readonly #algorithm: DigestAlgorithm;
  readonly #hasher: Bun.CryptoHasher;
  /** Bytes seen so far. */
  size = 0;

  constructor(algorithm: DigestAlgorithm = "sha256") {
    this.#algorithm = algorithm;
    this.#hasher = new Bun.CryptoHasher(algorithm);
  }

  update(chunk: Uint8Array): void {
    this.#hasher.update(chunk);
    this.size += chunk.length;
  }

  /** Ends the digest. */
  digest(): Digest {
    return `${this.#algorithm}:${this.#hasher.digest("hex")}` as Digest;
  }
}

export function digestOf(bytes: Uint8Array | string, algorithm: DigestAlgorithm = "sha256"): Digest {
  return `${algorithm}:${new Bun.CryptoHasher(algorithm).update(bytes).digest("hex")}` as Digest;
}
