// The near side of a container's terminal: this process's terminal in raw mode, and the monitor's frames (docs/plan.md, "Attach protocol").
import { writeSync } from "node:fs";
import { Socket } from "node:net";
import { DetachWatch } from "./detach-keys.ts";
import { encodeFrame, FrameReader, STREAM } from "./frames.ts";

export interface AttachOptions {
  /** Our end of the connection to the monitor. */
  readonly fd: number;
  readonly detachKeys: Uint8Array;
  /** False: nothing that is typed here reaches the container. */
  readonly interactive: boolean;
}

/** How an attachment ended: by the detach keys, or with the container (or its monitor). */
export type AttachEnd = "detached" | "ended";

/** Serves the terminal until the container ends or the user leaves; the terminal is as it was before, whatever happens. */
export async function attach({ fd, detachKeys, interactive }: AttachOptions): Promise<AttachEnd> {
  const socket = new Socket({ fd });
  const { promise, resolve } = Promise.withResolvers<AttachEnd>();
  const reader = new FrameReader((stream, payload) => {
    if (stream === STREAM.output) writeWhole(payload);
    if (stream === STREAM.status) resolve("ended");
  });
  socket.on("data", (data: Buffer) => reader.feed(data));
  socket.on("error", () => resolve("ended"));
  socket.on("close", () => resolve("ended"));
  const { stdin, stdout } = process;
  const resize = () => {
    const [columns, rows] = stdout.isTTY ? stdout.getWindowSize() : [0, 0];
    if (rows > 0) socket.write(encodeFrame(STREAM.resize, Uint8Array.of(rows >> 8, rows, columns >> 8, columns)));
  };
  resize();
  process.on("SIGWINCH", resize);
  if (interactive) readInput(socket, { watch: new DetachWatch(detachKeys), detach: () => resolve("detached") });
  try {
    return await promise;
  } finally {
    process.off("SIGWINCH", resize);
    if (stdin.isTTY) stdin.setRawMode(false);
    stdin.pause();
    socket.destroy();
  }
}

function readInput(socket: Socket, { watch, detach }: { readonly watch: DetachWatch; detach(): void }): void {
  const { stdin } = process;
  if (stdin.isTTY) stdin.setRawMode(true);
  stdin.on("data", (data: Buffer) => {
    const result = watch.feed(data);
    if (result.send.length > 0) socket.write(encodeFrame(STREAM.input, result.send));
    if (result.detach) detach();
  });
  stdin.on("end", () => socket.write(encodeFrame(STREAM.inputEnd, new Uint8Array())));
  stdin.resume();
}

/** A reader that has gone (EPIPE) is no failure of the container. */
function writeWhole(data: Uint8Array): void {
  for (let at = 0; at < data.length; ) {
    try {
      at += writeSync(1, data, at);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) return;
    }
  }
}
