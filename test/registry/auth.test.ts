// Who learns who we are: tokens and passwords go where they belong and nowhere else.
import { expect } from "bun:test";
import { digestOf } from "../../src/base/digest.ts";
import { openBlob } from "../../src/image/client/blobs.ts";
import { listTags } from "../../src/image/client/listings.ts";
import { getManifest, headManifest } from "../../src/image/client/manifests.ts";
import { uploadBlob } from "../../src/image/client/upload.ts";
import { mountBlob } from "../../src/image/client/upload-session.ts";
import type { Credential } from "../../src/image/credentials/credential.ts";
import { startRegistry } from "../support/registry.ts";
import { requires } from "../support/requires.ts";
import { startTokenServer } from "../support/token-server.ts";
import { startFakeRegistry } from "./fake-registry.ts";
import { clientContext, makeImage, opener, readAll, repositoryAt } from "./fixture.ts";

const { test } = requires("registry", "openssl");
const account = { username: "ann", password: "right" };
const credential: Credential = { kind: "password", ...account };
const image = makeImage([400_000], 4);
const [layer] = image.layers;
if (layer === undefined) throw new Error("the image has no layer");
const content = image.blobs.get(layer.digest) ?? new Uint8Array();

test("one token serves all requests of a scope, also those at once", async () => {
  await using tokens = await startTokenServer({ account });
  await using registry = await startRegistry({ bearer: tokens.bearer });
  const context = clientContext({ credential });
  const repository = repositoryAt(context, registry.host, "a");
  await Promise.all(Array.from({ length: 6 }, () => headManifest(repository, "1")));
  await headManifest(repositoryAt(context, registry.host, "a"), "1");
  expect(tokens.requests.map(({ scopes }) => scopes)).toEqual([["repository:a:pull"]]);
  await headManifest(repositoryAt(context, registry.host, "b"), "1");
  expect(tokens.requests).toHaveLength(2);
});

test("a token that has expired is replaced, once, when the registry refuses it or its time is over", async () => {
  await using tokens = await startTokenServer({ account, lifetime: 300 });
  await using registry = await startRegistry({ bearer: tokens.bearer });
  let ahead = 0;
  const context = clientContext({ credential });
  const clock = { ...context.http.clock, now: () => Date.now() + ahead };
  const later = clientContext({ credential, settings: { clock } });
  const repository = repositoryAt(later, registry.host, "a");
  await headManifest(repository, "1");
  ahead = 200_000;
  await headManifest(repository, "1");
  expect(tokens.requests).toHaveLength(1);
  ahead = 250_000;
  await headManifest(repository, "1");
  expect(tokens.requests).toHaveLength(2);
});

test("a registry that refuses a fresh token is asked once more and then believed", async () => {
  const authenticate = (realm: string) => ({ "www-authenticate": `Bearer realm="${realm}",service="s"` });
  let issued = 0;
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => Response.json({ token: `t${++issued}` }) });
  const realm = `http://127.0.0.1:${server.port}/`;
  await using fake = startFakeRegistry({ before: () => new Response(null, { status: 401, headers: authenticate(realm) }) });
  await expect(getManifest(repositoryAt(clientContext(), fake.host, "a"), "1")).rejects.toMatchObject({ code: "denied" });
  expect(fake.requests.map(({ headers }) => headers.get("authorization"))).toEqual([null, "Bearer t1", "Bearer t2"]);
  await server.stop(true);
});

test("an identity token is exchanged by POST for a token that the registry takes", async () => {
  await using tokens = await startTokenServer({ account, refreshToken: "secret-refresh" });
  await using registry = await startRegistry({ bearer: tokens.bearer });
  const repository = repositoryAt(clientContext({ credential: { kind: "identity-token", token: "secret-refresh" } }), registry.host, "a");
  await uploadBlob(repository, layer, opener(content));
  expect(tokens.requests[0]).toMatchObject({ method: "POST", grantType: "refresh_token", scopes: ["repository:a:pull,push"] });
});

test("a mount asks for one token of both repositories", async () => {
  await using tokens = await startTokenServer();
  await using registry = await startRegistry({ bearer: tokens.bearer });
  const context = clientContext();
  await uploadBlob(repositoryAt(context, registry.host, "a/from"), layer, opener(content));
  expect(await mountBlob({ repository: repositoryAt(context, registry.host, "b"), digest: layer.digest }, "a/from")).toBe(true);
  expect(tokens.requests.at(-1)?.scopes).toEqual(["repository:a/from:pull", "repository:b:pull,push"]);
});

test("a wrong password is sent once and told as denied", async () => {
  const challenge = { "www-authenticate": 'Basic realm="r"' };
  await using fake = startFakeRegistry({ before: () => new Response(null, { status: 401, headers: challenge }) });
  await expect(getManifest(repositoryAt(clientContext({ credential }), fake.host, "a"), "1")).rejects.toMatchObject({ code: "denied" });
  expect(fake.requests.map(({ headers }) => headers.get("authorization"))).toEqual([null, `Basic ${btoa("ann:right")}`]);
});

test("a redirect to another host carries no Authorization, one on the same host does", async () => {
  await using store = startFakeRegistry({ blobs: new Map([[layer.digest, content]]) });
  const challenge = { "www-authenticate": 'Basic realm="r"' };
  await using fake = startFakeRegistry({
    manifests: { "2": image.manifest },
    before: (request) => {
      const { pathname } = new URL(request.url);
      if (request.headers.get("authorization") === null) return new Response(null, { status: 401, headers: challenge });
      if (pathname.includes("/blobs/")) return Response.redirect(`http://${store.host}${pathname}`, 307);
      return pathname.endsWith("/1") ? Response.redirect("/v2/a/manifests/2", 302) : undefined;
    },
  });
  const repository = repositoryAt(clientContext({ credential }), fake.host, "a");
  expect(digestOf(await readAll(await openBlob(repository, layer.digest, { offset: 0 })))).toBe(layer.digest);
  expect(store.requests.map(({ headers }) => [headers.get("authorization"), headers.get("cookie")])).toEqual([[null, null]]);
  expect((await getManifest(repository, "1")).digest).toBe(image.manifest.digest);
  expect(fake.requests.at(-1)?.headers.get("authorization")).toBe(`Basic ${btoa("ann:right")}`);
});

test("a host that we are redirected to learns no password by asking for one", async () => {
  const challenge = { "www-authenticate": 'Basic realm="r"' };
  await using other = startFakeRegistry({ before: () => new Response(null, { status: 401, headers: challenge }) });
  await using fake = startFakeRegistry({
    before: (request) => (request.url.includes("/blobs/") ? Response.redirect(`http://${other.host}/x`, 307) : undefined),
  });
  await expect(openBlob(repositoryAt(clientContext({ credential }), fake.host, "a"), layer.digest)).rejects.toMatchObject({ status: 401 });
  expect([...other.requests, ...fake.requests].every(({ headers }) => headers.get("authorization") === null)).toBe(true);
});

test("a redirect that has no end is given up", async () => {
  await using fake = startFakeRegistry({
    before: (request) => (request.url.endsWith("/v2/") ? undefined : Response.redirect(request.url, 302)),
  });
  await expect(getManifest(repositoryAt(clientContext(), fake.host, "a"), "1")).rejects.toThrow("more than 10 redirects");
});

test("a registry with TLS cannot make us send the password to a token server without", async () => {
  let asked = 0;
  const realm = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => Response.json({ token: `t${++asked}` }) });
  const bearer = { realm: `http://127.0.0.1:${realm.port}/token`, service: "s", issuer: "i" };
  await using tokens = await startTokenServer();
  await using registry = await startRegistry({ tls: true, bearer: { ...bearer, certificate: tokens.bearer.certificate } });
  const repository = repositoryAt(clientContext({ credential }), registry.host, "a", { ca: registry.ca });
  await expect(Array.fromAsync(listTags(repository))).rejects.toThrow("has no TLS, though the registry itself has");
  expect(asked).toBe(0);
  await realm.stop(true);
});

test("what a registry warns of is told once", async () => {
  const headers = { warning: '299 - "this \\"registry\\" closes soon"', "content-type": image.manifest.mediaType };
  await using fake = startFakeRegistry({ before: () => new Response(new Uint8Array(image.manifest.bytes), { headers }) });
  const heard: string[] = [];
  const context = clientContext({ onWarning: (_, text) => heard.push(text) });
  const repository = repositoryAt(context, fake.host, "a");
  await getManifest(repository, "1");
  await getManifest(repository, "1");
  expect(heard).toEqual(['this "registry" closes soon']);
});
