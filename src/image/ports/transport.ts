// The two ends of every movement of images: a registry, the local store, a layout, an archive, a docker daemon. Whatever gives images is
// an ImageSource, whatever takes them an ImageDestination; image/copy moves between any two, so that n transports are 2 n pieces of code.
import type { Digest } from "../../base/digest.ts";
import type { Descriptor } from "../../spec/image/descriptor.ts";

/** A manifest or an index, with its bytes as they are signed and hashed. */
export interface ManifestBytes {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  /** Of `bytes`, checked. */
  readonly digest: Digest;
}

export interface TransferOptions {
  readonly signal?: AbortSignal;
}

export interface ImageSource extends AsyncDisposable {
  /** What it is, for messages: `docker://localhost:5000/debian:12`. */
  readonly name: string;
  /** The manifest or index that the source's reference means, or one of those inside it by digest. @throws TeuError `not-found`. */
  manifest(digest?: Digest, options?: TransferOptions): Promise<ManifestBytes>;
  /**
   * The bytes of a blob from `offset` on. Not verified: whoever stores them hashes them anyway. Sources that can only give the whole
   * (a pipe) say so by `seekable` false and refuse an offset other than 0.
   */
  blob(descriptor: Descriptor, options?: TransferOptions & { readonly offset?: number }): Promise<AsyncIterable<Uint8Array>>;
  readonly seekable: boolean;
  /** Descriptors of what refers to a manifest (distribution-spec 1.1, "Listing Referrers"); empty where the transport has none. */
  referrers?(digest: Digest, options?: TransferOptions): Promise<readonly Descriptor[]>;
}

export interface PutBlobOptions extends TransferOptions {
  /** Told how many bytes of the blob are taken so far. */
  readonly onProgress?: (bytes: number) => void;
}

export interface ImageDestination extends AsyncDisposable {
  readonly name: string;
  /** Manifest media types that it takes; undefined for any. A docker-archive takes docker's only. */
  readonly accepts?: readonly string[];
  /** Whether the blob is there already, or could be made to be without its bytes (`from`: cross-repository mount, hard link). */
  hasBlob(descriptor: Descriptor, options?: TransferOptions & { readonly from?: ImageSource }): Promise<boolean>;
  /**
   * Takes a blob whole or not at all; verifies digest and size as it streams. `open` gives the bytes from an offset on, so that a
   * destination that holds a part asks for the rest only.
   * @throws InvalidInputError when the bytes are not the descriptor's.
   */
  putBlob(descriptor: Descriptor, open: (offset: number) => Promise<AsyncIterable<Uint8Array>>, options?: PutBlobOptions): Promise<void>;
  /** Stores a manifest; `named` false for those inside an index, which only their digest leads to. Blobs come first. */
  putManifest(manifest: ManifestBytes, options: TransferOptions & { readonly named: boolean }): Promise<void>;
  /** Makes everything that was put visible, at once where the transport can. Without it nothing is. */
  commit(): Promise<void>;
}
