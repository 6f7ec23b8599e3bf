// A network that fails, for tests: a TCP proxy in front of a server that cuts connections after so many bytes of the answer, so many
// times, and then lets everything pass.
import { connect, createServer, type Socket } from "node:net";

export interface CuttingProxyOptions {
  /** Where it leads: `127.0.0.1:5000`. */
  readonly to: string;
  /** Bytes from the server (or, with `direction` "up", from the client) that a connection passes before it is cut. */
  readonly afterBytes: number;
  /** How many connections are cut; Infinity for all. */
  readonly times: number;
  /** Which way the bytes are counted: "down" (default) cuts downloads, "up" cuts uploads. */
  readonly direction?: "down" | "up";
  /** Passes nothing more instead of closing: a network that is gone without a word. */
  readonly hangs?: boolean;
}

export interface CuttingProxy extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** Connections that were cut so far. */
  readonly cuts: number;
  /** Bytes that the server has sent through it. */
  readonly bytesDown: number;
}

/** Starts a proxy on a free port of 127.0.0.1. */
export async function startCuttingProxy(options: CuttingProxyOptions): Promise<CuttingProxy> {
  const { to, afterBytes, times, direction = "down", hangs = false } = options;
  const at = to.lastIndexOf(":");
  const sockets = new Set<Socket>();
  let cuts = 0;
  let bytesDown = 0;

  const server = createServer((client) => {
    const upstream = connect({ host: to.slice(0, at), port: Number(to.slice(at + 1)) });
    let counted = 0;
    const both = [client, upstream];
    const close = () => {
      for (const socket of both) socket.destroy();
    };
    const pass = (from: Socket, into: Socket, counts: boolean) => {
      let hung = false;
      sockets.add(from);
      from.on("data", (chunk: Buffer) => {
        if (from === upstream) bytesDown += chunk.length;
        const left = afterBytes - counted;
        if (!counts || cuts >= times || chunk.length <= left) {
          if (counts) counted += chunk.length;
          if (!into.write(chunk)) from.pause();
          return;
        }
        cuts += 1;
        if (hangs) {
          hung = true;
          from.pause();
          into.write(chunk.subarray(0, Math.max(0, left)));
          return;
        }
        // What is within the bound still arrives, then both ends see the connection reset.
        into.write(chunk.subarray(0, Math.max(0, left)), close);
      });
      into.on("drain", () => hung || from.resume());
      from.on("end", () => into.end());
      from.on("error", close);
      from.on("close", () => {
        sockets.delete(from);
        close();
      });
    };
    pass(client, upstream, direction === "up");
    pass(upstream, client, direction === "down");
  });

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  return {
    host: `127.0.0.1:${address.port}`,
    get cuts() {
      return cuts;
    },
    get bytesDown() {
      return bytesDown;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
