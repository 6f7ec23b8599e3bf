// The near side of a container's terminal: this process's terminal in raw mode, in step with the monitor's.
import { writeSync } from "node:fs";
import { DetachWatch } from "./detach-keys.ts";
import { STREAM } from "./frames.ts";
import { linkMonitor, type MonitorLink } from "./monitor-link.ts";

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
  const { promise, resolve } = Promise.withResolvers<AttachEnd>();
  const { stdin, stdout } = process;
  const link = await linkMonitor(fd, {
    frame: (stream, payload) => {
      if (stream === STREAM.output) writeWhole(payload);
    },
    closed: () => resolve("ended"),
  });
  const resize = () => {
    const [columns, rows] = stdout.isTTY ? stdout.getWindowSize() : [0, 0];
    if (rows > 0) link.send(STREAM.resize, Uint8Array.of(rows >> 8, rows, columns >> 8, columns));
  };
  resize();
  process.on("SIGWINCH", resize);
  if (interactive) readInput(link, { watch: new DetachWatch(detachKeys), detach: () => resolve("detached") });
  try {
    return await promise;
  } finally {
    process.off("SIGWINCH", resize);
    if (stdin.isTTY) stdin.setRawMode(false);
    stdin.pause();
    link.close();
  }
}

function readInput(link: MonitorLink, { watch, detach }: { readonly watch: DetachWatch; detach(): void }): void {
  const { stdin } = process;
  if (stdin.isTTY) stdin.setRawMode(true);
  stdin.on("data", (data: Buffer) => {
    const result = watch.feed(data);
    if (result.send.length > 0) link.send(STREAM.input, result.send);
    if (result.detach) detach();
  });
  stdin.on("end", () => link.send(STREAM.inputEnd, new Uint8Array()));
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
