// Uploads one blob and gets it through: a small one in one request, a larger one as a stream that is taken up where the registry says
// it broke (distribution-spec 1.1, "Pushing a blob in chunks"; 416 and GET on the session). Its digest and size are checked on the way.
import { algorithmOf, Digester } from "../../base/digest.ts";
import { InvalidInputError, TeuError } from "../../base/errors.ts";
import { RegistryError } from "../../spec/distribution/errors.ts";
import type { Descriptor } from "../../spec/image/descriptor.ts";
import { headBlob } from "./blobs.ts";
import { NetworkError } from "./network-errors.ts";
import type { Repository } from "./repository.ts";
import { backoff } from "./retry.ts";
import { cancelSession, finishSession, patchSession, sessionState, startSession, type Upload } from "./upload-session.ts";

export type OpenBytes = (offset: number) => Promise<AsyncIterable<Uint8Array>>;

export interface UploadOptions {
  readonly signal?: AbortSignal;
  /** Told how many bytes of the blob are taken so far. */
  readonly onProgress?: (bytes: number) => void;
  /** A session that is open already: what a registry gives for a mount that it refuses. */
  readonly session?: URL;
}

/** Up to here a blob is held in memory and sent with the request that ends the session. */
const SMALL = 256 * 1024;

/** Failures after which the session may still be good, or a new one will do. */
function isWorthAnother(error: unknown): boolean {
  if (error instanceof NetworkError) return true;
  return error instanceof RegistryError && ([401, 404, 408, 416, 429].includes(error.status) || error.status >= 500);
}

/** Checks the bytes as they pass, those that pass twice once. */
class Checked {
  readonly #descriptor: Descriptor;
  readonly #onProgress: ((bytes: number) => void) | undefined;
  readonly #digester: Digester;

  constructor(descriptor: Descriptor, onProgress: ((bytes: number) => void) | undefined) {
    this.#descriptor = descriptor;
    this.#onProgress = onProgress;
    this.#digester = new Digester(algorithmOf(descriptor.digest));
  }

  async *from(offset: number, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
    const { size } = this.#descriptor;
    let position = offset;
    for await (const chunk of bytes) {
      position += chunk.length;
      if (position > size) throw this.#invalid("size", `there are more than its ${size} bytes`);
      const fresh = position - this.#digester.size;
      if (fresh > 0) {
        this.#digester.update(chunk.subarray(chunk.length - fresh));
        this.#onProgress?.(position);
      }
      if (position === size) this.#compare();
      yield chunk;
    }
    if (position !== size) throw this.#invalid("size", `there are ${position} of its ${size} bytes`);
    this.#compare();
  }

  #compared = false;

  #compare(): void {
    if (this.#compared) return;
    const found = this.#digester.digest();
    if (found !== this.#descriptor.digest) throw this.#invalid("digest", `its bytes are those of ${found}`);
    this.#compared = true;
  }

  #invalid(field: string, message: string): InvalidInputError {
    return new InvalidInputError(`the blob ${this.#descriptor.digest}`, [{ field, message }]);
  }
}

class BlobUpload {
  readonly #upload: Upload;
  readonly #size: number;
  readonly #open: OpenBytes;
  readonly #checked: Checked;
  #session: URL | undefined;
  #offset = 0;
  #failures = 0;

  constructor(repository: Repository, descriptor: Descriptor, open: OpenBytes, options: UploadOptions) {
    const { signal, onProgress, session } = options;
    this.#upload = { repository, digest: descriptor.digest, ...(signal && { signal }) };
    this.#size = descriptor.size;
    this.#open = open;
    this.#checked = new Checked(descriptor, onProgress);
    this.#session = session;
  }

  async run(): Promise<void> {
    try {
      for (;;) {
        try {
          this.#session ??= await startSession(this.#upload);
          if (this.#size <= SMALL) return await this.#whole(this.#session);
          await this.#rest(this.#session);
          if (this.#offset < this.#size) throw new NetworkError(`push blob ${this.#upload.digest}`, "ConnectionClosed");
          return await finishSession(this.#upload, this.#session);
        } catch (error) {
          if (await this.#recovered(error)) return;
        }
      }
    } catch (error) {
      if (this.#session !== undefined) await cancelSession(this.#upload.repository, this.#session);
      throw error;
    }
  }

  /** The whole blob with the request that ends the session. */
  async #whole(session: URL): Promise<void> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.#checked.from(0, await this.#open(0))) chunks.push(chunk);
    await finishSession(this.#upload, session, Buffer.concat(chunks));
  }

  async #rest(session: URL): Promise<void> {
    if (this.#offset >= this.#size) return;
    const stream = this.#checked.from(this.#offset, await this.#open(this.#offset));
    const state = await patchSession(this.#upload, session, this.#offset, { stream, length: this.#size - this.#offset });
    this.#session = state.session;
    this.#offset = state.offset;
  }

  /** Waits and finds out where the upload stands; true when the blob is there after all. @throws the failure when it is final. */
  async #recovered(failure: unknown): Promise<boolean> {
    const { http } = this.#upload.repository.connection;
    for (let error = failure; ; ) {
      this.#upload.signal?.throwIfAborted();
      this.#failures += 1;
      if (!isWorthAnother(error) || this.#failures >= http.attempts) throw error;
      await http.clock.sleep(backoff(this.#failures, http.clock), this.#upload.signal);
      try {
        return await this.#takeUp();
      } catch (later) {
        error = later;
      }
    }
  }

  /** Asks the registry how far the session has come, and begins a new one where there is nothing to go on with. */
  async #takeUp(): Promise<boolean> {
    const { repository, digest } = this.#upload;
    const state = this.#session && (await sessionState(this.#upload, this.#session));
    if (state === undefined) {
      // The answer to the last request may be all that was lost.
      if ((await headBlob(repository, digest, this.#upload)) !== undefined) return true;
      if (this.#session !== undefined) await cancelSession(repository, this.#session);
      this.#session = undefined;
      this.#offset = 0;
      return false;
    }
    if (state.offset > this.#size) {
      throw new TeuError("unavailable", `push blob ${repository.display}@${digest}: the registry has more bytes than were sent`);
    }
    if (state.offset > this.#offset) this.#failures = 0;
    this.#session = state.session;
    this.#offset = state.offset;
    return false;
  }
}

/**
 * Uploads a blob whole or not at all; `open` gives its bytes from an offset on and may be called again.
 * @throws InvalidInputError when the bytes are not the descriptor's; RegistryError, NetworkError
 */
export async function uploadBlob(
  repository: Repository,
  descriptor: Descriptor,
  open: OpenBytes,
  options: UploadOptions = {},
): Promise<void> {
  await new BlobUpload(repository, descriptor, open, options).run();
}
