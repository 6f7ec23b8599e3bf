// Through an HTTP proxy, to a host that only the proxy can find.
import { expect } from "bun:test";
import { connect, createServer } from "node:net";
import { headManifest } from "../../src/image/client/manifests.ts";
import { startRegistry } from "../support/registry.ts";
import { requires } from "../support/requires.ts";
import { clientContext, repositoryAt } from "./fixture.ts";

const { test } = requires("registry", "openssl");

/** A proxy that answers CONNECT (RFC 9110 §9.3.6) and leads every tunnel to one port of this machine. */
async function startTunnel(port: number): Promise<AsyncDisposable & { readonly url: string; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((client) => {
    client.on("error", () => client.destroy());
    client.once("data", (head) => {
      asked.push(head.toString("latin1").split("\r\n")[0] ?? "");
      const upstream = connect(port, "127.0.0.1", () => client.write("HTTP/1.1 200 OK\r\n\r\n"));
      upstream.on("error", () => client.destroy());
      upstream.pipe(client).pipe(upstream);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    asked,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

test("a registry that only the proxy can find is asked through it, unless it is excepted", async () => {
  await using registry = await startRegistry({ tls: true });
  await using tunnel = await startTunnel(registry.port);
  const through = clientContext({ settings: { proxies: { https: tunnel.url } } });
  const at = { insecure: true };
  expect(await headManifest(repositoryAt(through, "registry.invalid", "a", at), "1")).toBeUndefined();
  expect(tunnel.asked[0]).toBe("CONNECT registry.invalid:443 HTTP/1.1");
  const around = clientContext({ settings: { attempts: 1, proxies: { https: tunnel.url, noProxy: ["registry.invalid"] } } });
  await expect(headManifest(repositoryAt(around, "registry.invalid", "a", at), "1")).rejects.toThrow(/ENOTFOUND|EAI_AGAIN/);
});
