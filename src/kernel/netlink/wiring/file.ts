// A wiring as the file that the launcher reads (docs/plan.md, "Wiring"), little-endian:
//   u32 magic, u32 parts, u32 length, u32 0 | a row a part {u32 offset, u32 length, u32 places, u32 0} | parts, each with its places behind it
// A place is the offset, within its part, of four bytes that become the number of the namespace's descriptor.
import { type Chunk, type Message, messageChunks, NAMESPACE } from "../message.ts";
import { batch, isQuestion } from "../nftables/messages.ts";
import { NFNL_SUBSYS_NFTABLES } from "../nftables/numbers.ts";
import type { Described, HeldPort, Wiring } from "./wiring.ts";

export const WIRING_MAGIC = 0x57554554; // "TEUW"

/** The parts by number. */
export const PART = { hold: 0, host: 1, firewall: 2, inside: 3 } as const;

const HEADER_SIZE = 16;
const ROW_SIZE = 16;
const ENTRY_SIZE = 24;

/** Address families of socket(2), by an address's length. */
const AF = { 4: 2, 16: 10 } as const;
/** Types of socket(2) and protocols of ip(7). */
const SOCKET = {
  tcp: { type: 1, protocol: 6 },
  udp: { type: 2, protocol: 17 },
  sctp: { type: 1, protocol: 132 },
} as const;

/** The messages of one batch with its two ends, which may be there; questions, and other parts of nfnetlink (connection tracking), have none. */
export function inBatch(described: readonly Described[]): readonly Described[] {
  const first = described[0]?.message;
  if (first === undefined || first.silent || first.type >> 8 !== NFNL_SUBSYS_NFTABLES || isQuestion(first)) return described;
  return batch(described.map(({ message }) => message)).map((message, index) => ({
    subject: "the firewall's rules",
    ...described[index - 1],
    message,
  }));
}

interface Part {
  readonly bytes: Uint8Array;
  readonly places: readonly number[];
}

/** The file's bytes. */
export function encodeWiring({ hold, host, firewall, inside }: Wiring): Uint8Array {
  const parts = {
    [PART.hold]: portsPart(hold),
    [PART.host]: messagesPart(host),
    [PART.firewall]: messagesPart(inBatch(firewall)),
    [PART.inside]: messagesPart(inside),
  };
  const numbers = Object.values(PART).toSorted((a, b) => a - b);
  return fileOf(numbers.map((number) => parts[number]));
}

function fileOf(parts: readonly Part[]): Uint8Array {
  const head = HEADER_SIZE + parts.length * ROW_SIZE;
  const length = parts.reduce((sum, { bytes, places }) => sum + bytes.length + places.length * 4, head);
  const file = new Uint8Array(length);
  const view = new DataView(file.buffer);
  putWords(view, 0, [WIRING_MAGIC, parts.length, length]);
  let at = head;
  for (const [number, { bytes, places }] of parts.entries()) {
    putWords(view, HEADER_SIZE + number * ROW_SIZE, [at, bytes.length, places.length]);
    file.set(bytes, at);
    putWords(view, at + bytes.length, places);
    at += bytes.length + places.length * 4;
  }
  return file;
}

function putWords(view: DataView, at: number, words: readonly number[]): void {
  for (const [index, word] of words.entries()) view.setUint32(at + index * 4, word, true);
}

function messagesPart(described: readonly Described[]): Part {
  const messages: readonly Message[] = described.map(({ message }) => message);
  const chunks = messageChunks(messages);
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + sizeOf(chunk), 0));
  const places: number[] = [];
  let at = 0;
  for (const chunk of chunks) {
    if (chunk instanceof Uint8Array) bytes.set(chunk, at);
    else if (chunk === NAMESPACE) places.push(at);
    else throw new TypeError("a message of a wiring names a register of a plan");
    at += sizeOf(chunk);
  }
  return { bytes, places };
}

function sizeOf(chunk: Chunk): number {
  return chunk instanceof Uint8Array ? chunk.length : 4;
}

function portsPart(ports: readonly HeldPort[]): Part {
  const bytes = new Uint8Array(ports.length * ENTRY_SIZE);
  for (const [index, port] of ports.entries()) bytes.set(portEntry(port), index * ENTRY_SIZE);
  return { bytes, places: [] };
}

/** {u16 family, u16 type, u16 protocol, u16 port in network order, u8 address[16]} */
export function portEntry({ protocol, address, port }: Omit<HeldPort, "subject">): Uint8Array {
  const bytes = new Uint8Array(ENTRY_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, address.length === 4 ? AF[4] : AF[16], true);
  view.setUint16(2, SOCKET[protocol].type, true);
  view.setUint16(4, SOCKET[protocol].protocol, true);
  view.setUint16(6, port);
  bytes.set(address, 8);
  return bytes;
}
