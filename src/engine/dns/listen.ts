// The sockets of one gateway: UDP and TCP at one port. What comes in is a stranger's: sizes, numbers and times are bounded here.
import { closeSync } from "node:fs";
import type { PassedSockets } from "../../kernel/state/watched-sockets.ts";
import { framed, MessageStream } from "../../network/dns/stream.ts";
import { Crowd } from "./crowd.ts";

/** A message as it came, from where. @returns the reply, or nothing to say */
export type Respond = (message: Uint8Array, source: string, protocol: "udp" | "tcp") => Promise<Uint8Array | undefined>;

export interface Listening extends Disposable {
  readonly port: number;
}

/** Connections at a time of one gateway, and of one address. */
const MOST_CONNECTIONS = { all: 256, ofOne: 16 };
/** A connection on which nothing is asked (RFC 7766 section 6.2.3). */
const IDLE_SECONDS = 10;
/** Questions are a few hundred bytes; whoever sends more without waiting for answers is cut off. */
const MOST_WAITING = 16_384;

/** @throws an error with a `code`: EADDRINUSE, EADDRNOTAVAIL */
export async function listen(address: string, port: number, respond: Respond): Promise<Listening> {
  return await listenWith({ hostname: address, port }, respond);
}

/** Sockets that another process has listened on, and what has come to them meanwhile. */
export interface Adopted extends Listening {
  readonly address: string;
  /** Who answers from now on; until then questions wait. */
  give(respond: Respond): void;
}

/** Closes them where they cannot be used. */
export async function adopt({ udp, tcp }: PassedSockets): Promise<Adopted | undefined> {
  const { promise, resolve } = Promise.withResolvers<Respond>();
  try {
    const respond: Respond = async (...message) => await (await promise)(...message);
    return { ...(await listenWith({ hostname: "::", port: 0, fd: udp, tcp }, respond)), give: resolve };
  } catch {
    for (const fd of [udp, tcp]) closeIfOpen(fd);
    return undefined;
  }
}

function closeIfOpen(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // Bun has done so
  }
}

interface Place {
  readonly hostname: string;
  readonly port: number;
  /** Bun takes these, which its types do not say, in the place of a name and a port. */
  readonly fd?: number;
  readonly tcp?: number;
}

async function listenWith({ tcp: listening, ...place }: Place, respond: Respond): Promise<Listening & { readonly address: string }> {
  const udp = await Bun.udpSocket({
    ...place,
    binaryType: "uint8array",
    socket: {
      data(socket, message, from, source) {
        const answer = async () => {
          const reply = await respond(message.slice(), source, "udp");
          if (reply !== undefined && !socket.closed) socket.send(reply, from, source);
        };
        answer().catch(() => {}); // the network it came from is gone
      },
      error() {}, // who asked has gone, and its kernel says so
    },
  });
  try {
    const at = { hostname: udp.address.address, port: udp.port };
    const tcp = listenTcp(listening === undefined ? at : { ...at, fd: listening }, respond);
    return {
      address: at.hostname,
      port: at.port,
      [Symbol.dispose]() {
        udp.close();
        tcp.stop(true);
      },
    };
  } catch (error) {
    udp.close();
    throw error;
  }
}

interface Connection {
  readonly stream: MessageStream;
  readonly source: string;
  /** Replies that the socket did not take yet. */
  unsent: Uint8Array;
  busy: boolean;
  /** The client asks no more, and waits for what it has asked. */
  ended: boolean;
}

function listenTcp(place: Place, respond: Respond) {
  const connected = new Crowd(MOST_CONNECTIONS);
  return Bun.listen<Connection>({
    ...place,
    allowHalfOpen: true,
    socket: {
      binaryType: "uint8array",
      open(socket) {
        const source = socket.remoteAddress;
        socket.data = { stream: new MessageStream(), source, unsent: new Uint8Array(), busy: false, ended: false };
        const isFull = connected.isFullFor(source);
        connected.enter(source);
        socket.timeout(IDLE_SECONDS);
        if (isFull) socket.terminate();
      },
      data(socket, piece) {
        socket.data.stream.add(piece);
        if (socket.data.stream.length > MOST_WAITING) socket.terminate();
        else void answerAll(socket, respond);
      },
      drain(socket) {
        flush(socket);
        void answerAll(socket, respond);
      },
      end(socket) {
        socket.data.ended = true;
        void answerAll(socket, respond);
      },
      timeout: (socket) => socket.terminate(),
      error: (socket) => socket.terminate(),
      close: (socket) => connected.leave(socket.data.source),
    },
  });
}

type Socket = Bun.Socket<Connection>;

/** One question of a connection at a time, and none while the last reply was not taken. */
async function answerAll(socket: Socket, respond: Respond): Promise<void> {
  const { data } = socket;
  if (data.busy) return;
  data.busy = true;
  while (data.unsent.length === 0) {
    const message = data.stream.next();
    if (message === undefined) break;
    const reply = await respond(message, data.source, "tcp").catch(() => undefined);
    if (reply === undefined) return void socket.terminate();
    data.unsent = framed(reply);
    flush(socket);
  }
  data.busy = false;
  if (data.ended && data.unsent.length === 0) socket.end();
}

function flush(socket: Socket): void {
  const { data } = socket;
  if (data.unsent.length > 0) data.unsent = data.unsent.subarray(Math.max(0, socket.write(data.unsent)));
  socket.timeout(IDLE_SECONDS);
}
