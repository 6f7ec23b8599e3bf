// One question to one server, by UDP or TCP (RFC 1035 section 4.2, RFC 7766). By UDP each has a socket of its own: its port, which the kernel
// chooses, and the id are what somebody who cannot see the question has to guess (RFC 5452).
import { familyOf } from "../../network/address/address.ts";
import { framed, MessageStream } from "../../network/dns/stream.ts";
import { encodeForward, isAnswerTo, type Query } from "../../network/dns/wire.ts";

export interface Upstream {
  readonly address: string;
  readonly port: number;
}

/** Messages that do not answer the question, after which somebody is taken to be guessing. */
const MOST_FORGED = 16;

/** The answer; undefined where there is none within the time, or the server refuses to talk. */
export async function exchange(query: Query, to: Upstream, protocol: "udp" | "tcp", ms: number): Promise<Uint8Array | undefined> {
  const id = crypto.getRandomValues(new Uint16Array(1))[0] ?? 0;
  const { promise, resolve: settle } = Promise.withResolvers<Uint8Array | undefined>();
  const timer = setTimeout(settle, ms, undefined);
  const asked = { message: encodeForward(query, id), accepts: (answer: Uint8Array) => isAnswerTo(answer, query, id), settle };
  const opening = protocol === "udp" ? askByUdp(asked, to) : askByTcp(asked, to);
  // A connection may come when nobody waits for it any more.
  opening.then(
    (close) => promise.finally(close),
    () => settle(undefined),
  );
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

interface Asked {
  readonly message: Uint8Array;
  accepts(answer: Uint8Array): boolean;
  settle(answer: Uint8Array | undefined): void;
}

/** @returns what closes the socket */
async function askByUdp({ message, accepts, settle }: Asked, { address, port }: Upstream): Promise<() => void> {
  let forged = 0;
  const socket = await Bun.udpSocket({
    hostname: familyOf(address) === 4 ? "0.0.0.0" : "::",
    connect: { hostname: address, port },
    binaryType: "uint8array",
    socket: {
      data(_socket, answer) {
        if (accepts(answer)) settle(answer.slice());
        else if (++forged === MOST_FORGED) settle(undefined);
      },
      error: () => settle(undefined), // nobody listens there (ECONNREFUSED), or no way leads there
    },
  });
  socket.send(message);
  return () => socket.close();
}

async function askByTcp({ message, accepts, settle }: Asked, { address, port }: Upstream): Promise<() => void> {
  const stream = new MessageStream();
  const socket = await Bun.connect({
    hostname: address,
    port,
    socket: {
      binaryType: "uint8array",
      open: (opened) => void opened.write(framed(message)), // less than any socket's buffer
      data(_socket, chunk) {
        stream.add(chunk);
        const answer = stream.next();
        if (answer !== undefined) settle(accepts(answer) ? answer : undefined);
      },
      close: () => settle(undefined),
      error: () => settle(undefined),
    },
  });
  return () => socket.end();
}
