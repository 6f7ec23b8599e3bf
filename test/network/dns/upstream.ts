// A name server of the outside, which does what the first label of a name says, and knows none of one label: `bun upstream.ts FILE ADDRESS…`. Each question that comes
// is a line in the file: protocol, type, name, id and the port that it came from.
import { appendFileSync } from "node:fs";
import { framed, MessageStream } from "../../../src/network/dns/stream.ts";
import { encodeReply, type Query, RCODE, type Rcode, readQuery, TYPE } from "../../../src/network/dns/wire.ts";

const [, , file = "", ...listened] = process.argv;
const PORT = 53;

const addresses = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ type: TYPE.A, ttl: 60, data: Uint8Array.of(192, 0, 2, index) }));
const reply = (query: Query, count = 1, rcode: Rcode = RCODE.NOERROR) =>
  encodeReply(query, rcode, addresses(count), query.edns?.size ?? 512);
const other = (query: Query, question: Uint8Array) => ({ ...query, question });

/** What is sent by UDP, in this order. */
const BY_UDP: Readonly<Record<string, (query: Query) => readonly Uint8Array[]>> = {
  silent: () => [],
  broken: (query) => [reply(query, 0, RCODE.SERVFAIL)],
  missing: (query) => [reply(query, 0, RCODE.NXDOMAIN)],
  many: (query) => [reply(query, 100)],
  garbage: (query) => [new Uint8Array(), new Uint8Array(3), new Uint8Array(600).fill(0xff), reply(query)],
  forged: (query) => [
    reply({ ...query, id: query.id ^ 1 }, 9),
    reply(other(query, query.question.with(1, query.question[1] === 120 ? 121 : 120)), 9),
    reply(query),
  ],
  flood: (query) => Array.from({ length: 40 }, (_, index) => reply({ ...query, id: (query.id + 1 + index) & 0xffff }, 9)),
};

function note(protocol: string, query: Query, from: number): void {
  appendFileSync(file, `${protocol} ${query.type} ${query.name} ${query.id} ${from}\n`);
}

const streams = new WeakMap<object, MessageStream>();

async function listen(address: string): Promise<void> {
  await Bun.udpSocket({
    hostname: address,
    port: PORT,
    socket: {
      data(socket, bytes, from, source) {
        const received = readQuery(bytes);
        if (received.kind !== "query") return;
        note("udp", received.query, from);
        const [first = "", ...rest] = received.query.name?.split(".") ?? [];
        const said = rest.length === 0 ? BY_UDP.missing : BY_UDP[first];
        for (const message of said?.(received.query) ?? [reply(received.query)]) socket.send(message, from, source);
      },
      error() {},
    },
  });

  Bun.listen({
    hostname: address,
    port: PORT,
    socket: {
      open: (socket) => void streams.set(socket, new MessageStream()),
      data(socket, bytes) {
        const stream = streams.get(socket);
        stream?.add(bytes);
        const received = readQuery(stream?.next() ?? new Uint8Array());
        if (received.kind !== "query") return;
        note("tcp", received.query, socket.remotePort);
        socket.write(framed(encodeReply(received.query, RCODE.NOERROR, addresses(100), 65_535)));
      },
    },
  });
}

for (const address of listened) await listen(address);
console.log("ready");
