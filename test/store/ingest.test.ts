import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { digestOf, hexOf } from "../../src/base/digest.ts";
import { InvalidInputError } from "../../src/base/errors.ts";
import type { Store } from "../../src/image/store/store.ts";
import { withRoots } from "../support/roots.ts";
import { blobOf, bytesOf, chunksOf, storeAt } from "./fixtures/images.ts";

const BLOB = blobOf(bytesOf(1, 100_000));
const { descriptor, bytes } = BLOB;
const NEVER = async (): Promise<AsyncIterable<Uint8Array>> => {
  throw new Error("nobody should have asked for bytes");
};

function withStore(body: (store: Store, root: string) => Promise<void>): Promise<void> {
  return withRoots(async ({ root }) => {
    const store = storeAt(root);
    try {
      await body(store, root);
    } finally {
      store.close();
    }
  });
}

const partialOf = (root: string) => join(root, "content/ingest", `sha256-${hexOf(descriptor.digest)}`);

async function* breakingOff(upTo: number, offset: number): AsyncIterable<Uint8Array> {
  yield* chunksOf(bytes.subarray(0, upTo), offset);
  throw new Error("connection reset");
}

/** Notes all that it is told. */
function recordingTap() {
  const seen: Uint8Array[] = [];
  const events: string[] = [];
  return {
    seen: () => Buffer.concat(seen),
    events,
    tap: {
      async write(chunk: Uint8Array) {
        seen.push(chunk.slice());
      },
      async end() {
        events.push("end");
      },
      abort(error: unknown) {
        events.push(`abort: ${error instanceof Error ? error.message : error}`);
      },
    },
  };
}

async function read(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(source));
}

describe("a blob", () => {
  test("that was put is there, whole, for its owner only, and is read from any offset", () =>
    withStore(async (store, root) => {
      using lease = store.lease();
      await store.putBlob(descriptor, async (offset) => chunksOf(bytes, offset), { lease });
      expect(store.blobs.has(descriptor.digest)).toBe(true);
      expect(await read(await store.blobs.open(descriptor.digest, 99_000))).toEqual(Buffer.from(bytes.subarray(99_000)));
      expect(Buffer.from(await store.blobs.readSmall(descriptor.digest, 100_000))).toEqual(Buffer.from(bytes));
      await expect(store.blobs.readSmall(descriptor.digest, 99_999)).rejects.toThrow("more than the 99999");
      expect(statSync(root).mode & 0o777).toBe(0o700);
      expect(statSync(store.blobs.path(descriptor.digest)).mode & 0o777).toBe(0o600);
      expect(readdirSync(join(root, "content/ingest"))).toEqual([]);
    }));

  test("that is there is not asked for again, and its tap still sees every byte", () =>
    withStore(async (store) => {
      using lease = store.lease();
      await store.putBlob(descriptor, async (offset) => chunksOf(bytes, offset), { lease });
      const { tap, seen, events } = recordingTap();
      await store.putBlob(descriptor, NEVER, { lease, tap });
      expect(seen()).toEqual(Buffer.from(bytes));
      expect(events).toEqual(["end"]);
    }));

  test("whose download broke off goes on where it was, in a later command, and the tap sees it from the first byte", () =>
    withStore(async (store, root) => {
      using lease = store.lease();
      const first = recordingTap();
      const broken = store.putBlob(descriptor, async (offset) => breakingOff(30_000, offset), { lease, tap: first.tap });
      await expect(broken).rejects.toThrow("connection reset");
      expect(first.events).toEqual(["abort: connection reset"]);
      expect(statSync(partialOf(root)).size).toBe(30_000);
      expect(store.blobs.has(descriptor.digest)).toBe(false);

      const later = storeAt(root);
      const second = recordingTap();
      const offsets: number[] = [];
      const open = async (offset: number) => {
        offsets.push(offset);
        return chunksOf(bytes, offset);
      };
      using laterLease = later.lease();
      await later.putBlob(descriptor, open, { lease: laterLease, tap: second.tap });
      expect(offsets).toEqual([30_000]);
      expect(second.seen()).toEqual(Buffer.from(bytes));
      expect(existsSync(partialOf(root))).toBe(false);
      later.close();
    }));

  const wrongs = [
    { name: "one byte more than its descriptor says", given: Buffer.concat([bytes, new Uint8Array(1)]), message: "more bytes came" },
    { name: "another content", given: bytesOf(2, 100_000), message: "the bytes that came have sha256:" },
  ];
  for (const { name, given, message } of wrongs) {
    test(`with ${name} is refused and leaves nothing`, () =>
      withStore(async (store, root) => {
        using lease = store.lease();
        const put = store.putBlob(descriptor, async (offset) => chunksOf(given, offset), { lease });
        const error = await put.catch((caught: unknown) => caught);
        expect(error).toBeInstanceOf(InvalidInputError);
        expect(error).toHaveProperty("message", expect.stringContaining(message));
        expect(existsSync(partialOf(root))).toBe(false);
        expect(store.blobs.has(descriptor.digest)).toBe(false);
        await store.putBlob(descriptor, async (offset) => chunksOf(bytes, offset), { lease });
      }));
  }

  test("whose bytes end early is not there, and what came is kept", () =>
    withStore(async (store, root) => {
      using lease = store.lease();
      const put = store.putBlob(descriptor, async (offset) => chunksOf(bytes.subarray(0, 5000), offset), { lease });
      expect(await put.catch((caught: unknown) => caught)).toMatchObject({ code: "unavailable" });
      expect(statSync(partialOf(root)).size).toBe(5000);
    }));

  test("whose partial file holds something else is refused once, and comes whole the next time", () =>
    withStore(async (store, root) => {
      using lease = store.lease();
      writeFileSync(partialOf(root), bytesOf(3, 20_000));
      const open = async (offset: number) => chunksOf(bytes, offset);
      expect(await store.putBlob(descriptor, open, { lease }).catch((caught: unknown) => caught)).toBeInstanceOf(InvalidInputError);
      await store.putBlob(descriptor, open, { lease });
    }));

  test("that two ask for at once in one process is fetched once, and both see progress and all bytes", () =>
    withStore(async (store) => {
      using lease = store.lease();
      const [one, two] = [recordingTap(), recordingTap()];
      const progress: number[] = [];
      await Promise.all([
        store.putBlob(descriptor, async (offset) => chunksOf(bytes, offset, { piece: 10_000, pause: 20 }), { lease, tap: one.tap }),
        store.putBlob(descriptor, NEVER, { lease, tap: two.tap, onProgress: (count) => progress.push(count) }),
      ]);
      expect(one.seen().equals(two.seen())).toBe(true);
      expect(progress.at(-1)).toBe(bytes.length);
      expect(progress.some((count) => count > 0 && count < bytes.length)).toBe(true);
    }));

  test("whose first asker fails is taken over by the one who waited", () =>
    withStore(async (store) => {
      using lease = store.lease();
      const slow = async function* (offset: number) {
        await Bun.sleep(100);
        yield* breakingOff(10_000, offset);
      };
      const first = store.putBlob(descriptor, async (offset) => slow(offset), { lease });
      const second = store.putBlob(descriptor, async (offset) => chunksOf(bytes, offset), { lease });
      expect(await first.catch((error: unknown) => error)).toHaveProperty("message", "connection reset");
      await second;
      expect(store.blobs.has(descriptor.digest)).toBe(true);
    }));

  test("that waits for another can be given up", () =>
    withStore(async (store) => {
      using lease = store.lease();
      const first = store.putBlob(descriptor, async (offset) => chunksOf(bytes, offset, { piece: 10_000, pause: 30 }), { lease });
      const second = store.putBlob(descriptor, NEVER, { lease, signal: AbortSignal.timeout(20) });
      expect(await second.catch((error: unknown) => error)).toHaveProperty("name", "TimeoutError");
      await first;
    }));

  test("whose row a power cut took is judged by its file and not fetched again", () =>
    withStore(async (store) => {
      using lease = store.lease();
      mkdirSync(dirname(store.blobs.path(descriptor.digest)), { recursive: true });
      writeFileSync(store.blobs.path(descriptor.digest), bytes);
      await store.putBlob(descriptor, NEVER, { lease });
      expect(store.blobs.has(descriptor.digest)).toBe(true);
    }));

  test("of a sha512 digest, and one of no bytes, are blobs like others", () =>
    withStore(async (store) => {
      using lease = store.lease();
      const long = { ...descriptor, digest: digestOf(bytes, "sha512") };
      await store.putBlob(long, async (offset) => chunksOf(bytes, offset), { lease });
      expect(await read(await store.blobs.open(long.digest))).toEqual(Buffer.from(bytes));
      const empty = blobOf(new Uint8Array(0));
      await store.putBlob(empty.descriptor, NEVER, { lease });
      expect(store.blobs.size(empty.descriptor.digest)).toBe(0);
      expect((await store.check()).problems).toEqual([]);
    }));

  test("whose file was taken away counts as missing", () =>
    withStore(async (store) => {
      using lease = store.lease();
      await store.putBlob(descriptor, async (offset) => chunksOf(bytes, offset), { lease });
      await Bun.file(store.blobs.path(descriptor.digest)).delete();
      expect(store.blobs.has(descriptor.digest)).toBe(false);
      await store.putBlob(descriptor, async (offset) => chunksOf(bytes, offset), { lease });
    }));
});
