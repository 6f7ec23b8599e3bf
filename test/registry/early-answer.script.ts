// Uploads to a server that answers before it has all bytes, and ends: run by exits.test.ts, which sees whether it does.
import { createServer } from "node:net";
import { HTTP_DEFAULTS } from "../../src/image/client/client.ts";
import { exchange } from "../../src/image/client/http.ts";

const server = createServer((socket) => {
  socket.once("data", () => socket.write("HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n"));
  socket.on("error", () => undefined);
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const address = server.address();
if (typeof address !== "object" || address === null) throw new Error("no address");

async function* chunks(): AsyncGenerator<Uint8Array> {
  for (let sent = 0; sent < 4; sent++) {
    yield new Uint8Array(1000);
    await Bun.sleep(20);
  }
}

const response = await exchange(
  {
    method: "PUT",
    url: new URL(`http://127.0.0.1:${address.port}/blob`),
    body: { stream: chunks(), length: 4000 },
    tls: { rejectUnauthorized: true },
  },
  { ...HTTP_DEFAULTS, userAgent: "test", proxies: {} },
);
await response.discard();
console.log(response.status);
server.close();
server.unref();
