// The helpers that registry tests stand on, tried by themselves with another program's client.
import { expect } from "bun:test";
import { startCuttingProxy } from "../support/cutting-proxy.ts";
import { startRegistry } from "../support/registry.ts";
import { requires } from "../support/requires.ts";
import { startTokenServer } from "../support/token-server.ts";

const { test } = requires("registry", "openssl", "htpasswd");
const account = { username: "ann", password: "p:w" };

test("a registry with TLS and an account answers only those who know both", async () => {
  await using registry = await startRegistry({ tls: true, basicAuth: account });
  const tls = { ca: await Bun.file(registry.ca).text() };
  expect((await fetch(`${registry.url}/v2/`, { tls })).status).toBe(401);
  const authorization = `Basic ${btoa("ann:p:w")}`;
  expect((await fetch(`${registry.url}/v2/`, { tls, headers: { authorization } })).status).toBe(200);
  await expect(fetch(`${registry.url}/v2/`)).rejects.toThrow();
});

test("a registry takes the tokens of the token server and no others", async () => {
  await using tokens = await startTokenServer({ account });
  await using registry = await startRegistry({ bearer: tokens.bearer });
  expect((await fetch(`${registry.url}/v2/`)).headers.get("www-authenticate")).toContain(`realm="${tokens.bearer.realm}"`);
  const realm = `${tokens.bearer.realm}?service=${tokens.bearer.service}&scope=repository:a:pull`;
  expect((await fetch(realm)).status).toBe(401);
  const answer = await fetch(realm, { headers: { authorization: `Basic ${btoa("ann:p:w")}` } });
  const { token } = (await answer.json()) as { token: string };
  const ask = (word: string) => fetch(`${registry.url}/v2/a/tags/list`, { headers: { authorization: `Bearer ${word}` } });
  expect((await ask(token)).status).toBe(404);
  expect((await ask(`${token.slice(0, -8)}AAAAAAAA`)).status).toBe(401);
});

test("a cutting proxy cuts as often as it was told, then passes everything", async () => {
  const body = new Uint8Array(300_000).fill(7);
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(body) });
  await using proxy = await startCuttingProxy({ to: `127.0.0.1:${server.port}`, afterBytes: 100_000, times: 2 });
  const ask = async () => (await (await fetch(`http://${proxy.host}/`)).bytes()).length;
  await expect(ask()).rejects.toThrow();
  await expect(ask()).rejects.toThrow();
  expect(await ask()).toBe(300_000);
  expect(proxy.cuts).toBe(2);
  await server.stop(true);
});
