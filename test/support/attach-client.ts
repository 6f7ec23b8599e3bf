// A client of the monitor's attach protocol (docs/plan.md), for tests: collects output, and the status at the end.
import { connect, type Socket } from "node:net";

/** Stream numbers of frames. */
export const STREAM = { input: 0, output: 1, error: 2, resize: 3, end: 4, status: 5, signal: 6, release: 7 } as const;

/** A client of the attach protocol: collects output, and the status at the end. */
export class AttachClient {
  output = "";
  errors = "";
  status: number | undefined;
  readonly socket: Socket;
  readonly closed: Promise<void>;
  #rest = Buffer.alloc(0);

  constructor(target: string | Socket, options: { paused?: boolean } = {}) {
    this.socket = typeof target === "string" ? connect(target) : target;
    this.closed = new Promise((resolve) => {
      this.socket.on("close", () => resolve());
      this.socket.on("error", () => resolve());
    });
    if (options.paused) this.socket.pause();
    else this.listen();
  }

  listen(): void {
    this.socket.on("data", (data) => {
      this.#rest = Buffer.concat([this.#rest, Buffer.from(data)]);
      while (this.#rest.length >= 8 && this.#rest.length >= 8 + this.#rest.readUInt32BE(4)) {
        const payload = this.#rest.subarray(8, 8 + this.#rest.readUInt32BE(4));
        if (this.#rest[0] === STREAM.output) this.output += payload.toString("latin1");
        else if (this.#rest[0] === STREAM.error) this.errors += payload.toString("latin1");
        else if (this.#rest[0] === STREAM.status) this.status = payload.readUInt32BE(0);
        this.#rest = this.#rest.subarray(8 + payload.length);
      }
    });
  }

  send(stream: number, payload: Uint8Array | string): void {
    const body = Buffer.from(payload);
    const header = Buffer.alloc(8);
    header[0] = stream;
    header.writeUInt32BE(body.length, 4);
    this.socket.write(Buffer.concat([header, body]));
  }

  async until(text: string): Promise<void> {
    const deadline = Date.now() + 5000;
    while (!this.output.includes(text)) {
      if (Date.now() > deadline) throw new Error(`waited for ${JSON.stringify(text)}, got ${JSON.stringify(this.output)}`);
      await Bun.sleep(2);
    }
  }
}
