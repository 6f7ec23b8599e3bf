// What a push leaves out, mounts and sends, and what refers to a manifest, at a real registry.
import { expect } from "bun:test";
import { digestOf } from "../../src/base/digest.ts";
import { deleteBlob, headBlob } from "../../src/image/client/blobs.ts";
import { deleteManifest, getManifest, headManifest, putManifest } from "../../src/image/client/manifests.ts";
import { listReferrers, referrersTag } from "../../src/image/client/referrers.ts";
import { type DestinationOptions, RegistryDestination } from "../../src/image/client/registry-destination.ts";
import { RegistrySource } from "../../src/image/client/registry-source.ts";
import { uploadBlob } from "../../src/image/client/upload.ts";
import { startRegistry } from "../support/registry.ts";
import { requires } from "../support/requires.ts";
import { startFakeRegistry } from "./fake-registry.ts";
import { clientContext, endpoint, makeImage, opener, reference, repositoryAt } from "./fixture.ts";

const { test } = requires("registry");
const image = makeImage([1_000_000, 200_000], 5);
const [layer, second] = image.layers;
if (layer === undefined || second === undefined) throw new Error("the image lacks layers");
const bytesOf = (digest: typeof layer.digest) => image.blobs.get(digest) ?? new Uint8Array();

const destinationAt = (host: string, name: string, options: DestinationOptions = {}) =>
  new RegistryDestination(reference(`${host}/${name}:1`), endpoint(host, name), clientContext(), options);
const sourceAt = (host: string, name: string) =>
  new RegistrySource(reference(`${host}/${name}:1`), [endpoint(host, name)], clientContext());

test("a blob that is there is not asked for again; one that the source's repository has is mounted", async () => {
  await using registry = await startRegistry();
  await uploadBlob(repositoryAt(clientContext(), registry.host, "from"), layer, opener(bytesOf(layer.digest)));
  await using source = sourceAt(registry.host, "from");
  await using destination = destinationAt(registry.host, "to");
  expect(await destination.hasBlob(layer)).toBe(false);
  expect(await destination.hasBlob(layer, { from: source })).toBe(true);
  expect(await headBlob(repositoryAt(clientContext(), registry.host, "to"), layer.digest)).toEqual({ size: layer.size });
  expect(await destination.hasBlob(second, { from: source })).toBe(false);
});

test("a blob is mounted from the repositories that are said to have it", async () => {
  await using registry = await startRegistry();
  await uploadBlob(repositoryAt(clientContext(), registry.host, "old/one"), layer, opener(bytesOf(layer.digest)));
  await using destination = destinationAt(registry.host, "to", { mountFrom: () => ["nobody/knows", "old/one"] });
  expect(await destination.hasBlob(layer)).toBe(true);
});

test("the upload that a registry opens in place of a mount is used for the blob, or given up", async () => {
  await using fake = startFakeRegistry();
  const open = { mountFrom: () => ["other"] };
  {
    await using destination = destinationAt(fake.host, "a", open);
    expect(await destination.hasBlob(layer)).toBe(false);
    await destination.putBlob(layer, opener(bytesOf(layer.digest)));
    expect(await destination.hasBlob(layer)).toBe(true);
    expect(fake.requests.filter(({ method }) => method === "POST")).toHaveLength(1);
    expect(await destination.hasBlob(second)).toBe(false);
  }
  expect(fake.requests.at(-1)?.method).toBe("DELETE");
});

test("the same blob put many times at once is uploaded once", async () => {
  await using registry = await startRegistry();
  await using destination = destinationAt(registry.host, "a");
  let opened = 0;
  const open = (offset: number) => {
    opened += 1;
    return opener(bytesOf(layer.digest))(offset);
  };
  await Promise.all(Array.from({ length: 5 }, () => destination.putBlob(layer, open)));
  expect(opened).toBe(1);
});

test("an upload that failed for one does not fail for the next who has the bytes", async () => {
  await using registry = await startRegistry();
  await using destination = destinationAt(registry.host, "a");
  const wrong = destination.putBlob(layer, opener(new Uint8Array(layer.size)));
  const right = destination.putBlob(layer, opener(bytesOf(layer.digest)));
  await expect(wrong).rejects.toMatchObject({ code: "invalid" });
  await right;
  expect(await headBlob(repositoryAt(clientContext(), registry.host, "a"), layer.digest)).toEqual({ size: layer.size });
});

test("a name appears with the commit and not before; what is in an index is there by digest only", async () => {
  await using registry = await startRegistry();
  const repository = repositoryAt(clientContext(), registry.host, "a");
  await using destination = destinationAt(registry.host, "a");
  for (const one of [...image.layers, image.config]) await destination.putBlob(one, opener(bytesOf(one.digest)));
  await destination.putManifest(image.manifest, { named: false });
  expect(await headManifest(repository, image.manifest.digest)).toMatchObject({ digest: image.manifest.digest });
  const mediaType = "application/vnd.oci.image.index.v1+json";
  const { digest, mediaType: childType, bytes } = image.manifest;
  const platform = { os: "linux", architecture: "amd64" };
  const manifests = [{ mediaType: childType, digest, size: bytes.length, platform }];
  const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
  await destination.putManifest({ bytes: index, mediaType, digest: digestOf(index) }, { named: true });
  expect(await headManifest(repository, "1")).toBeUndefined();
  await destination.commit();
  expect(await getManifest(repository, "1")).toMatchObject({ mediaType, digest: digestOf(index) });
});

test("what refers to a manifest is listed by the tag of a registry that has no list", async () => {
  await using registry = await startRegistry();
  const repository = repositoryAt(clientContext(), registry.host, "a");
  const { mediaType, digest, bytes } = image.manifest;
  const subject = { mediaType, digest, size: bytes.length };
  const signatures = [6, 7].map((seed) =>
    makeImage([10], seed, { subject, artifactType: "application/x.signature", annotations: { n: `${seed}` } }),
  );
  expect(await listReferrers(repository, digest)).toEqual([]);
  for (const signature of [...signatures, ...signatures]) {
    await using destination = destinationAt(registry.host, "a");
    for (const one of [...signature.layers, signature.config])
      await destination.putBlob(one, opener(signature.blobs.get(one.digest) ?? new Uint8Array()));
    await destination.putManifest(signature.manifest, { named: false });
  }
  const found = await listReferrers(repository, digest);
  expect(found.map((one) => [one.digest, one.artifactType, one.annotations?.n])).toEqual(
    signatures.map(({ manifest }, index) => [manifest.digest, "application/x.signature", `${index + 6}`]),
  );
  expect(await headManifest(repository, referrersTag(digest))).toBeDefined();
});

test("manifests and blobs are deleted", async () => {
  await using registry = await startRegistry();
  const repository = repositoryAt(clientContext(), registry.host, "a");
  for (const one of [...image.layers, image.config]) await uploadBlob(repository, one, opener(bytesOf(one.digest)));
  await putManifest(repository, "1", image.manifest);
  await deleteManifest(repository, image.manifest.digest);
  expect(await headManifest(repository, "1")).toBeUndefined();
  await deleteBlob(repository, layer.digest);
  expect(await headBlob(repository, layer.digest)).toBeUndefined();
  await expect(deleteBlob(repository, layer.digest)).rejects.toMatchObject({ code: "not-found" });
});
