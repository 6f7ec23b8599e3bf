// Networks and registries that fail: connections cut in the middle, mirrors that are down or lack the image, registries that are busy.
import { expect } from "bun:test";
import { createServer } from "node:net";
import { digestOf } from "../../src/base/digest.ts";
import { openBlob } from "../../src/image/client/blobs.ts";
import { getManifest, putManifest } from "../../src/image/client/manifests.ts";
import { RegistrySource } from "../../src/image/client/registry-source.ts";
import { uploadBlob } from "../../src/image/client/upload.ts";
import { startCuttingProxy } from "../support/cutting-proxy.ts";
import { startRegistry, type TestRegistry } from "../support/registry.ts";
import { requires } from "../support/requires.ts";
import { startFakeRegistry } from "./fake-registry.ts";
import { clientContext, endpoint, makeImage, opener, readAll, reference, repositoryAt, type TestImage } from "./fixture.ts";

const { test } = requires("registry");
const image = makeImage([5_000_000], 2);
const [layer] = image.layers;
if (layer === undefined) throw new Error("the image has no layer");
const content = image.blobs.get(layer.digest) ?? new Uint8Array();

async function fill(registry: TestRegistry, name: string, { blobs, manifest, layers, config }: TestImage = image) {
  const repository = repositoryAt(clientContext(), registry.host, name);
  for (const one of [...layers, config]) await uploadBlob(repository, one, opener(blobs.get(one.digest) ?? new Uint8Array()));
  await putManifest(repository, "1", manifest);
}

const sourceOf = (hosts: readonly string[], context = clientContext()) =>
  new RegistrySource(
    reference(`${hosts.at(-1)}/a:1`),
    hosts.map((host) => endpoint(host, "a")),
    context,
  );

test("a download goes on where its connection was cut, without asking for what it has", async () => {
  await using registry = await startRegistry();
  await fill(registry, "a");
  await using proxy = await startCuttingProxy({ to: registry.host, afterBytes: 1_500_000, times: 3 });
  await using source = sourceOf([proxy.host]);
  await source.manifest();
  expect(digestOf(await readAll(await source.blob(layer)))).toBe(layer.digest);
  expect(proxy.cuts).toBe(3);
  expect(proxy.bytesDown).toBeLessThan(content.length * 1.5);
});

test("a download that begins at an offset gives the rest only", async () => {
  await using registry = await startRegistry();
  await fill(registry, "a");
  await using source = sourceOf([registry.host]);
  const rest = await readAll(await source.blob(layer, { offset: 4_999_000 }));
  expect(Buffer.compare(rest, content.subarray(4_999_000))).toBe(0);
  expect(await readAll(await source.blob(layer, { offset: layer.size }))).toHaveLength(0);
});

test("a download whose connections are always cut before the first byte ends with the reason, and not before some waits", async () => {
  await using registry = await startRegistry();
  await fill(registry, "a");
  await using proxy = await startCuttingProxy({ to: registry.host, afterBytes: 1_000_000, times: 1 });
  const context = clientContext();
  await using source = sourceOf([proxy.host], context);
  const stream = await source.blob(layer);
  await registry.stop();
  await expect(readAll(stream)).rejects.toThrow(/connection|listens/);
  expect(context.waits.length).toBeGreaterThan(2);
});

test("an upload whose connection was cut is begun again where the registry cannot go on, as docker-registry 2.8 cannot", async () => {
  await using registry = await startRegistry();
  await using proxy = await startCuttingProxy({ to: registry.host, afterBytes: 2_000_000, times: 2, direction: "up" });
  const repository = repositoryAt(clientContext(), proxy.host, "a");
  const offsets: number[] = [];
  let progress = 0;
  const open = (offset: number) => {
    offsets.push(offset);
    return opener(content)(offset);
  };
  await uploadBlob(repository, layer, open, { onProgress: (bytes) => (progress = bytes) });
  expect(proxy.cuts).toBe(2);
  expect(progress).toBe(content.length);
  expect(offsets).toEqual([0, 0, 0]);
  const direct = repositoryAt(clientContext(), registry.host, "a");
  expect(digestOf(await readAll(await openBlob(direct, layer.digest)))).toBe(layer.digest);
});

test("bytes that are not the digest's are not uploaded, and their session is given up", async () => {
  await using registry = await startRegistry();
  const repository = repositoryAt(clientContext(), registry.host, "a");
  const wrong = Buffer.from(content);
  wrong[4_000_000] = (wrong[4_000_000] ?? 0) ^ 1;
  await expect(uploadBlob(repository, layer, opener(wrong))).rejects.toThrow(/its bytes are those of/);
  await expect(uploadBlob(repository, layer, opener(content.subarray(0, 4_000_000)))).rejects.toThrow(/4000000 of its 5000000/);
  await expect(uploadBlob(repository, layer, opener(Buffer.concat([content, content])))).rejects.toThrow(/more than its 5000000/);
  await expect(openBlob(repository, layer.digest)).rejects.toMatchObject({ code: "not-found" });
});

test.each([
  ["is down", async () => "127.0.0.1:1"],
  ["lacks the image", async (_: TestRegistry, empty: TestRegistry) => empty.host],
] as const)("a mirror that %s is passed over", async (_, mirrorOf) => {
  await using registry = await startRegistry();
  await using empty = await startRegistry();
  await fill(registry, "a");
  await using source = sourceOf([await mirrorOf(registry, empty), registry.host]);
  expect((await source.manifest()).digest).toBe(image.manifest.digest);
  expect(digestOf(await readAll(await source.blob(layer)))).toBe(layer.digest);
});

test("a mirror that keeps failing in the middle of a blob is left for the next, which goes on there", async () => {
  await using mirror = await startRegistry();
  await using registry = await startRegistry();
  await fill(mirror, "a");
  await fill(registry, "a");
  await using bad = await startCuttingProxy({ to: mirror.host, afterBytes: 2_000_000, times: Number.POSITIVE_INFINITY });
  await using good = await startCuttingProxy({ to: registry.host, afterBytes: 0, times: 0 });
  const context = clientContext({ settings: { attempts: 2 } });
  await using source = sourceOf([bad.host, good.host], context);
  await source.manifest();
  const stream = await source.blob(layer);
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) {
    if (chunks.length === 0) await mirror.stop();
    chunks.push(chunk);
  }
  expect(digestOf(Buffer.concat(chunks))).toBe(layer.digest);
  expect(good.bytesDown).toBeLessThan(content.length);
});

test("what no mirror and not the registry has is told with all their reasons", async () => {
  await using registry = await startRegistry();
  await using source = sourceOf(["127.0.0.1:1", registry.host]);
  await expect(source.manifest()).rejects.toThrow(/MANIFEST_UNKNOWN.*mirrors: .*ECONNREFUSED/);
  await expect(source.manifest()).rejects.toMatchObject({ code: "not-found" });
});

test("a busy registry is asked again when it says", async () => {
  await using fake = startFakeRegistry({
    manifests: { "1": image.manifest },
    before: (_, count) => (count === 2 ? new Response(null, { status: 429, headers: { "retry-after": "7" } }) : undefined),
  });
  const context = clientContext();
  expect((await getManifest(repositoryAt(context, fake.host, "a"), "1")).digest).toBe(image.manifest.digest);
  expect(context.waits).toEqual([7000]);
});

test("a registry that wants us to wait for an hour is taken at its word at once", async () => {
  await using fake = startFakeRegistry({
    before: (_, count) => (count >= 2 ? new Response(null, { status: 503, headers: { "retry-after": "3600" } }) : undefined),
  });
  const context = clientContext();
  await expect(getManifest(repositoryAt(context, fake.host, "a"), "1")).rejects.toMatchObject({ code: "unavailable", status: 503 });
  expect(context.waits).toEqual([]);
});

test("an upload that is told 416 asks how far it is and sends the rest", async () => {
  await using fake = startFakeRegistry({ loseAfter: 2_000_000 });
  const offsets: number[] = [];
  const open = (offset: number) => {
    offsets.push(offset);
    return opener(content)(offset);
  };
  await uploadBlob(repositoryAt(clientContext(), fake.host, "a"), layer, open);
  expect(offsets).toEqual([0, 2_000_000]);
  expect(digestOf(fake.blobs.get(layer.digest) ?? new Uint8Array())).toBe(layer.digest);
});

test("an upload outlives a registry that cannot be asked for a while how far it is", async () => {
  let down = 6;
  await using fake = startFakeRegistry({
    loseAfter: 3_000_000,
    before: ({ method, url }) =>
      method === "GET" && url.includes("uploads") && down-- > 0 ? new Response(null, { status: 503 }) : undefined,
  });
  const context = clientContext();
  await uploadBlob(repositoryAt(context, fake.host, "a"), layer, opener(content));
  expect(digestOf(fake.blobs.get(layer.digest) ?? new Uint8Array())).toBe(layer.digest);
  expect(down).toBeLessThan(0);
});

test("a caller that gives up an upload ends it at once and gives its session up", async () => {
  await using fake = startFakeRegistry();
  const controller = new AbortController();
  const slow = async (offset: number) =>
    (async function* () {
      for await (const chunk of await opener(content)(offset)) {
        yield chunk;
        await Bun.sleep(20);
      }
    })();
  setTimeout(() => controller.abort(new Error("enough")), 60);
  const upload = uploadBlob(repositoryAt(clientContext(), fake.host, "a"), layer, slow, { signal: controller.signal });
  await expect(upload).rejects.toThrow("enough");
  expect(fake.requests.at(-1)?.method).toBe("DELETE");
});

test("a registry that answers a range with everything is read from the offset all the same", async () => {
  await using fake = startFakeRegistry({ blobs: new Map([[layer.digest, content]]), ranges: false });
  await using source = sourceOf([fake.host]);
  const rest = await readAll(await source.blob(layer, { offset: 3_000_001 }));
  expect(Buffer.compare(rest, content.subarray(3_000_001))).toBe(0);
});

test("a registry that gives more bytes than a blob has is stopped", async () => {
  await using fake = startFakeRegistry({ blobs: new Map([[layer.digest, Buffer.concat([content, content])]]) });
  await using source = sourceOf([fake.host]);
  await expect(readAll(await source.blob(layer))).rejects.toThrow(/more than its 5000000 bytes/);
});

test("a manifest whose bytes are not those of its digest is refused", async () => {
  const other = makeImage([10], 3).manifest;
  await using fake = startFakeRegistry({ manifests: { [image.manifest.digest]: other } });
  const repository = repositoryAt(clientContext(), fake.host, "a");
  await expect(getManifest(repository, image.manifest.digest)).rejects.toThrow(/its bytes are not those of sha256/);
});

test("a caller that gives up ends a download at once", async () => {
  await using fake = startFakeRegistry({ blobs: new Map([[layer.digest, content]]), stallAfter: 1_000_000 });
  await using source = sourceOf([fake.host]);
  const controller = new AbortController();
  const stream = await source.blob(layer, { signal: controller.signal });
  setTimeout(() => controller.abort(new Error("enough")), 50);
  await expect(readAll(stream)).rejects.toThrow("enough");
});

test("a download that stands still is taken up again", async () => {
  await using fake = startFakeRegistry({ blobs: new Map([[layer.digest, content]]), stallAfter: 1_000_000, stalls: 1 });
  await using source = sourceOf([fake.host], clientContext({ settings: { idleTimeout: 200 } }));
  expect(digestOf(await readAll(await source.blob(layer)))).toBe(layer.digest);
});

test("nothing is asked for in a compressed form, which would have another digest", async () => {
  await using fake = startFakeRegistry({ manifests: { "1": image.manifest }, blobs: new Map([[layer.digest, content]]) });
  await using source = sourceOf([fake.host]);
  await source.manifest();
  await readAll(await source.blob(layer));
  expect(fake.requests.map(({ headers }) => headers.get("accept-encoding"))).toEqual(["identity", "identity", "identity"]);
});

test("a mirror that accepts connections and says nothing is passed over after one wait", async () => {
  await using registry = await startRegistry();
  await fill(registry, "a");
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const address = silent.address();
  if (address === null || typeof address === "string") throw new Error("the mirror has no port");
  const context = clientContext({ settings: { contactTimeout: 500 } });
  await using source = sourceOf([`127.0.0.1:${address.port}`, registry.host], context);
  const before = performance.now();
  expect((await source.manifest()).digest).toBe(image.manifest.digest);
  expect(performance.now() - before).toBeLessThan(5000);
  expect(context.waits).toEqual([]);
  silent.close();
});
