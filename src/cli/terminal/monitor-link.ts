// A connection to a container's monitor: frames in both directions (docs/plan.md, "Attach protocol").
import { encodeFrame, FrameReader } from "../../kernel/state/attach-frames.ts";

export interface MonitorLink {
  send(stream: number, payload: Uint8Array): void;
  /** Settles when all that was sent has left: the container takes its input at its own pace. */
  drained(): Promise<void>;
  close(): void;
}

export interface MonitorEvents {
  frame(stream: number, payload: Uint8Array): void;
  /** The monitor has ended, or closed the connection. */
  closed(): void;
}

/** A connected stream socket, or the path of one that listens (at most 107 bytes: unix(7)). */
export type MonitorAddress = { readonly fd: number } | { readonly unix: string };

/** Bun's own socket, because node:net's does not read from a descriptor that Bun.spawn made. */
export async function linkMonitor(monitor: MonitorAddress, events: MonitorEvents): Promise<MonitorLink> {
  const reader = new FrameReader(events.frame);
  let unsent = new Uint8Array();
  let taken = Promise.withResolvers<void>();
  const closed = () => {
    taken.resolve();
    events.closed();
  };
  const options: Omit<Bun.UnixSocketOptions, "unix"> & MonitorAddress = {
    ...monitor,
    socket: {
      data: (_socket, data) => reader.feed(data),
      drain: () => flush(),
      close: () => closed(),
      error: () => closed(),
    },
  };
  // Bun's types know a socket by descriptor, but have no overload of connect for it.
  const socket = await Bun.connect(options as Bun.UnixSocketOptions);
  const flush = () => {
    if (unsent.length > 0) unsent = unsent.slice(Math.max(0, socket.write(unsent)));
    if (unsent.length === 0) taken.resolve();
  };
  return {
    send: (stream, payload) => {
      const frame = encodeFrame(stream, payload);
      const whole = new Uint8Array(unsent.length + frame.length);
      whole.set(unsent);
      whole.set(frame, unsent.length);
      unsent = whole;
      taken = Promise.withResolvers();
      flush();
    },
    drained: () => (unsent.length === 0 ? Promise.resolve() : taken.promise),
    close: () => socket.end(),
  };
}
