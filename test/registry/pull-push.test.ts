// Images between this client, a real registry and skopeo, byte for byte.
import { expect } from "bun:test";
import { digestOf } from "../../src/base/digest.ts";
import { listRepositories, listTags, search } from "../../src/image/client/listings.ts";
import { RegistryDestination } from "../../src/image/client/registry-destination.ts";
import { RegistrySource } from "../../src/image/client/registry-source.ts";
import type { Credential } from "../../src/image/credentials/credential.ts";
import type { RegistrySettings } from "../../src/spec/config/registries.ts";
import { startRegistry, type TestRegistry } from "../support/registry.ts";
import { requires } from "../support/requires.ts";
import { runOk } from "../support/run.ts";
import { startTokenServer } from "../support/token-server.ts";
import { clientContext, endpoint, makeImage, opener, readAll, reference, repositoryAt, type TestImage, writeLayout } from "./fixture.ts";

const { test } = requires("registry", "skopeo", "openssl", "htpasswd");
const account = { username: "ann", password: "p:wörd" };
const credential: Credential = { kind: "password", ...account };
const image = makeImage([3_000_000, 1000, 0], 1);

async function push(image: TestImage, host: string, name: string, at: RegistrySettings = {}, credential?: Credential) {
  const context = clientContext(credential ? { credential } : {});
  await using destination = new RegistryDestination(reference(`${host}/${name}`), endpoint(host, name.split(":")[0] ?? name, at), context);
  for (const descriptor of [...image.layers, image.config]) {
    const bytes = image.blobs.get(descriptor.digest) ?? new Uint8Array();
    if (!(await destination.hasBlob(descriptor))) await destination.putBlob(descriptor, opener(bytes));
  }
  await destination.putManifest(image.manifest, { named: true });
  await destination.commit();
}

async function pull(image: TestImage, host: string, name: string, at: RegistrySettings = {}, credential?: Credential) {
  const context = clientContext(credential ? { credential } : {});
  await using source = new RegistrySource(reference(`${host}/${name}`), [endpoint(host, name.split(":")[0] ?? name, at)], context);
  const manifest = await source.manifest();
  expect(manifest).toEqual({ ...image.manifest, bytes: Buffer.from(image.manifest.bytes) });
  for (const descriptor of [...image.layers, image.config]) {
    expect(digestOf(await readAll(await source.blob(descriptor)))).toBe(descriptor.digest);
  }
}

/** Ours to the registry, from there by skopeo; then skopeo's to the registry, from there by us. */
async function bothWays(registry: TestRegistry, at: RegistrySettings, credential: Credential | undefined, skopeo: readonly string[]) {
  using layout = writeLayout(image, "x");
  await push(image, registry.host, "ours:1", at, credential);
  const raw = await runOk(["skopeo", "inspect", "--raw", ...skopeo, `docker://${registry.host}/ours:1`]);
  expect(digestOf(raw)).toBe(image.manifest.digest);
  const from = skopeo.map((word) => word.replace("--", "--dest-"));
  await runOk(["skopeo", "copy", "--preserve-digests", ...from, `oci:${layout.path}:x`, `docker://${registry.host}/theirs:1`]);
  await pull(image, registry.host, "theirs:1", at, credential);
  await pull(image, registry.host, "ours:1", at, credential);
  const out = skopeo.map((word) => word.replace("--", "--src-"));
  await runOk(["skopeo", "copy", ...out, `docker://${registry.host}/ours:1`, `oci:${layout.path}:back`]);
}

test("an image travels both ways between skopeo and us through a registry without TLS", async () => {
  await using registry = await startRegistry();
  await bothWays(registry, {}, undefined, ["--tls-verify=false"]);
});

test("… through one with TLS of its own authority and a password", async () => {
  await using registry = await startRegistry({ tls: true, basicAuth: account });
  const skopeo = ["--tls-verify=false", `--creds=${account.username}:${account.password}`];
  await bothWays(registry, { ca: registry.ca }, credential, skopeo);
});

test("… through one that asks for client certificates", async () => {
  await using registry = await startRegistry({ clientCertificates: true });
  const at = { ca: registry.ca, cert: registry.clientCert, key: registry.clientKey };
  await push(image, registry.host, "ours:1", at);
  await pull(image, registry.host, "ours:1", at);
  await expect(pull(image, registry.host, "ours:1", { ca: registry.ca })).rejects.toThrow();
});

test("… through one that takes tokens", async () => {
  await using tokens = await startTokenServer({ account });
  await using registry = await startRegistry({ bearer: tokens.bearer });
  await bothWays(registry, {}, credential, ["--tls-verify=false", `--creds=${account.username}:${account.password}`]);
});

test("a registry whose certificate is not known is refused, and believed when configured as insecure", async () => {
  await using registry = await startRegistry({ tls: true });
  await expect(push(image, registry.host, "a:1", { insecure: false })).rejects.toThrow("configure the registry's ca");
  await push(image, registry.host, "a:1", { insecure: true });
});

test("tags and repositories are listed, these over pages", async () => {
  await using registry = await startRegistry();
  for (const name of ["many:a", "many:b", "one/x:1", "two:1", "three:1", "four:1"]) await push(makeImage([10]), registry.host, name);
  const repository = repositoryAt(clientContext(), registry.host, "many");
  expect((await Array.fromAsync(listTags(repository))).toSorted()).toEqual(["a", "b"]);
  const names = await Array.fromAsync(listRepositories(repository.connection, { pageSize: 2 }));
  expect(names.toSorted()).toEqual(["four", "many", "one/x", "three", "two"]);
  // docker-registry has no search of its own.
  expect((await search(endpoint(registry.host, "x"), clientContext(), "o")).map(({ name }) => name)).toEqual(["four", "one/x", "two"]);
});
