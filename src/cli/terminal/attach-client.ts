// The near side of a container's streams: of its terminal, with this process's terminal in raw mode and in step with it; or of its three pipes.
import { writeSync } from "node:fs";
import { STREAM } from "../../kernel/state/attach-frames.ts";
import type { HeldSignals } from "../signals.ts";
import { DetachWatch } from "./detach-keys.ts";
import { linkMonitor, type MonitorAddress, type MonitorLink } from "./monitor-link.ts";
import { enterRawMode, isTerminal, windowSize } from "./tty.ts";

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;

export interface AttachOptions {
  readonly monitor: MonitorAddress;
  readonly detachKeys: Uint8Array;
  /** False: nothing that is typed here reaches the container. */
  readonly interactive: boolean;
  /** False: the container has pipes, and this terminal stays as it is; there are no keys to leave by. */
  readonly terminal?: boolean;
  /** False: the end of this process's input is not the end of the container's, which others go on with. */
  readonly endsInput?: boolean;
  /** The program is to draw again what this terminal has not seen. */
  readonly redraw?: boolean;
  /** To be handed on to the container. */
  readonly signals?: HeldSignals;
}

export type AttachEnd =
  /** The user left it with the detach keys. */
  | { readonly how: "detached" }
  /** This terminal is gone (SIGHUP). */
  | { readonly how: "hung up" }
  /** The container ended, with this exit status; its monitor was killed where there is none. */
  | { readonly how: "ended"; readonly status: number | undefined };

/** Serves the terminal until the container ends or the user leaves; the terminal is as it was before, whatever happens. */
export async function attach(options: AttachOptions): Promise<AttachEnd> {
  const { monitor, detachKeys, interactive, redraw, signals, terminal = true, endsInput = true } = options;
  const { promise, resolve } = Promise.withResolvers<AttachEnd>();
  let status: number | undefined;
  if (terminal) process.on("SIGHUP", () => resolve({ how: "hung up" }));
  const link = await linkMonitor(monitor, {
    frame: (stream, payload) => {
      if (stream === STREAM.output) writeWhole(STDOUT, payload);
      else if (stream === STREAM.error) writeWhole(STDERR, payload);
      else if (stream === STREAM.status) status = exitStatus(payload);
    },
    closed: () => resolve({ how: "ended", status }),
  });
  const resize = (taller = 0) => {
    const { height, width } = (terminal ? windowSize(STDOUT) : undefined) ?? { height: 0, width: 0 };
    const rows = height + taller;
    if (height > 0) link.send(STREAM.resize, Uint8Array.of(rows >> 8, rows, width >> 8, width));
  };
  if (redraw === true) resize(1); // SIGWINCH comes only of a size that is another
  resize();
  const resized = () => resize();
  process.on("SIGWINCH", resized);
  signals?.handTo({ kill: (number) => link.send(STREAM.signal, Uint8Array.of(number)) });
  const leaveInput = interactive
    ? readInput(link, {
        watch: new DetachWatch(terminal ? detachKeys : new Uint8Array()),
        detach: () => resolve({ how: "detached" }),
        keys: terminal,
        endsInput,
      })
    : () => {};
  try {
    return await promise;
  } finally {
    process.off("SIGWINCH", resized);
    leaveInput();
    link.close();
  }
}

interface InputOptions extends Required<Pick<AttachOptions, "endsInput">> {
  readonly watch: DetachWatch;
  /** Keys are sent one by one, as they are typed. */
  readonly keys: boolean;
  detach(): void;
}

/** Sends on what is typed, until the function that it returns is called. */
function readInput(link: MonitorLink, { watch, detach, keys, endsInput }: InputOptions): () => void {
  const raw = keys && isTerminal(STDIN) ? enterRawMode(STDIN) : undefined;
  const reader = Bun.stdin.stream().getReader(); // process.stdin takes 10 ms to make
  // A shell that stopped us has put its own settings back.
  const again = () => raw?.enter();
  process.on("SIGCONT", again);
  const pass = async () => {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      const result = watch.feed(next.value);
      if (result.send.length > 0) link.send(STREAM.input, result.send);
      if (result.detach) return detach();
      await link.drained();
    }
    if (endsInput) link.send(STREAM.inputEnd, new Uint8Array());
  };
  pass().catch(() => {}); // EIO: the terminal is gone, which SIGHUP tells of
  return () => {
    process.off("SIGCONT", again);
    raw?.leave();
    reader.cancel().catch(() => {}); // as above
  };
}

/** A wait status (wait(2)) as a shell says it. */
function exitStatus(payload: Uint8Array): number {
  const status = new DataView(payload.buffer, payload.byteOffset).getUint32(0);
  const signal = status & 0x7f;
  return signal === 0 ? (status >> 8) & 0xff : 128 + signal;
}

const FULL_MS = 1;

/** A reader that has gone (EPIPE, EIO) is no failure of the container. */
function writeWhole(fd: number, data: Uint8Array): void {
  for (let at = 0; at < data.length; ) {
    try {
      at += writeSync(fd, data, at);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) return;
      Bun.sleepSync(FULL_MS); // somebody made our output non-blocking, and it is full
    }
  }
}
