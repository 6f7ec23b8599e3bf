// Messages of the domain name system as bytes (RFC 1035 section 4, RFC 6891): as much as a name server needs of what anybody may send it.
// Ours, because a question has to be repeated byte by byte, whatever bytes its labels have, because answers of several addresses only fit in
// 512 bytes with their names compressed, and because nothing else of a stranger's message need be taken apart.

export const TYPE = { A: 1, PTR: 12, AAAA: 28, OPT: 41, IXFR: 251, AXFR: 252, ANY: 255 } as const;
export const CLASS_IN = 1;
export const RCODE = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;
export type Rcode = (typeof RCODE)[keyof typeof RCODE];

/** Of the header's second word. */
const FLAG = { response: 0x8000, authoritative: 0x0400, truncated: 0x0200, recursionDesired: 0x0100, recursionAvailable: 0x0080 } as const;
const OPCODE_BITS = 0x7800;
/** Checking disabled (RFC 4035 section 3.2.2): the answer's user checks it. */
const CHECKING_DISABLED = 0x0010;
const RCODE_BITS = 0x000f;

const HEADER_BYTES = 12;
/** What every client takes by UDP. */
const PLAIN_UDP_BYTES = 512;
/** Longer answers come in fragments; resolvers' common limit since DNS Flag Day 2020. */
const MOST_UDP_BYTES = 1232;
const MOST_TCP_BYTES = 65_535;
const MOST_NAME_BYTES = 255;
const MOST_LABEL_BYTES = 63;
const POINTER = 0xc0;

/** A question as it was asked. */
export interface Query {
  readonly id: number;
  /** Recursion desired, checking disabled: repeated, and passed on. */
  readonly flags: number;
  /** Lower case, without the last dot; undefined for one that no name of ours can be: a label with a dot or bytes beyond ASCII. */
  readonly name: string | undefined;
  readonly type: number;
  readonly class: number;
  /** Name, type and class, as they came. */
  readonly question: Uint8Array;
  /** How long an answer the client takes by UDP, and whether it wants signatures; absent where it says nothing of extensions. */
  readonly edns?: { readonly size: number; readonly signatures: boolean };
}

/** What was sent: a question, something that is answered with an error, or nothing that gets an answer. */
export type Received =
  | { readonly kind: "query"; readonly query: Query }
  | { readonly kind: "error"; readonly reply: Uint8Array }
  | { readonly kind: "nothing" };

/** Reads what a client has sent. Never throws: whatever it is, is one of three. */
export function readQuery(message: Uint8Array): Received {
  if (message.length < HEADER_BYTES) return { kind: "nothing" };
  const view = viewOf(message);
  const [id, flags] = [view.getUint16(0), view.getUint16(2)];
  if ((flags & FLAG.response) !== 0) return { kind: "nothing" }; // answering answers goes on for ever
  const refuse = (rcode: Rcode) => ({ kind: "error", reply: header(id, FLAG.response | (flags & OPCODE_BITS) | rcode) }) as const;
  if ((flags & OPCODE_BITS) !== 0) return refuse(RCODE.NOTIMP);
  const counts = [view.getUint16(4), view.getUint16(6), view.getUint16(8)];
  const end = counts.join() === "1,0,0" ? endOfName(message, HEADER_BYTES) : undefined;
  if (end === undefined || end + 4 > message.length) return refuse(RCODE.FORMERR);
  const edns = readEdns(message, end + 4, view.getUint16(10));
  if (edns === "malformed") return refuse(RCODE.FORMERR);
  return {
    kind: "query",
    query: {
      id,
      flags: flags & (FLAG.recursionDesired | CHECKING_DISABLED),
      name: nameText(message, HEADER_BYTES),
      type: view.getUint16(end),
      class: view.getUint16(end + 2),
      question: message.slice(HEADER_BYTES, end + 4),
      ...(edns === undefined ? {} : { edns }),
    },
  };
}

/** The first OPT record of `count` additional ones; signatures of transactions and the like are passed over. */
function readEdns(message: Uint8Array, start: number, count: number): Query["edns"] | "malformed" {
  const view = viewOf(message);
  let at = start;
  for (let record = 0; record < count; record++) {
    const end = endOfName(message, at);
    if (end === undefined || end + 10 > message.length) return "malformed";
    const next = end + 10 + view.getUint16(end + 8);
    if (next > message.length) return "malformed";
    if (view.getUint16(end) === TYPE.OPT)
      return { size: Math.max(PLAIN_UDP_BYTES, view.getUint16(end + 2)), signatures: (view.getUint16(end + 6) & 0x8000) !== 0 };
    at = next;
  }
  return undefined;
}

/** Where a name without pointers ends: in a question there is nothing before it to point to. */
function endOfName(message: Uint8Array, start: number): number | undefined {
  for (let at = start; at - start < MOST_NAME_BYTES; ) {
    const length = message[at];
    if (length === undefined || length > MOST_LABEL_BYTES) return undefined;
    at += 1 + length;
    if (length === 0) return at;
  }
  return undefined;
}

const PRINTABLE = /^[!-\-/-~]+$/; // ASCII but the dot

function nameText(message: Uint8Array, start: number): string | undefined {
  const labels: string[] = [];
  for (let at = start; ; ) {
    const length = message[at] ?? 0;
    if (length === 0) return labels.join(".");
    const label = String.fromCharCode(...message.subarray(at + 1, at + 1 + length));
    if (!PRINTABLE.test(label)) return undefined;
    labels.push(label.toLowerCase());
    at += 1 + length;
  }
}

/** A record that answers a question, of the name that was asked for. */
export interface Answer {
  readonly type: number;
  /** Seconds. */
  readonly ttl: number;
  readonly data: Uint8Array;
}

/** Our own word on a question; whole records, as many as fit, and the truncation bit where not all do. */
export function encodeReply(query: Query, rcode: Rcode, answers: readonly Answer[], limit: number): Uint8Array {
  const option = query.edns === undefined ? new Uint8Array() : optRecord(query.edns.signatures);
  let length = HEADER_BYTES + query.question.length + option.length;
  const fitting = answers.filter(({ data }) => {
    length += 12 + data.length;
    return length <= limit;
  });
  const truncated = fitting.length < answers.length ? FLAG.truncated : 0;
  const authoritative = rcode === RCODE.NOERROR ? FLAG.authoritative : 0;
  const flags = FLAG.response | authoritative | truncated | query.flags | FLAG.recursionAvailable | rcode;
  const counts = [1, fitting.length, 0, option.length === 0 ? 0 : 1];
  return concat([header(query.id, flags, counts), query.question, ...fitting.map(answerRecord), option]);
}

/** The longest reply that a client takes. */
export function replyLimit({ edns }: Query, protocol: "udp" | "tcp"): number {
  if (protocol === "tcp") return MOST_TCP_BYTES;
  return Math.min(edns?.size ?? PLAIN_UDP_BYTES, MOST_UDP_BYTES);
}

/** The question as we ask it ourselves: with an id of ours and none of the client's extensions but size and signatures (RFC 6891 6.1.1). */
export function encodeForward({ flags, question, edns }: Query, id: number): Uint8Array {
  const option = edns === undefined ? new Uint8Array() : optRecord(edns.signatures);
  return concat([header(id, flags, [1, 0, 0, option.length === 0 ? 0 : 1]), question, option]);
}

/** Whether a message answers the question that was asked under an id: nothing else tells a forged one. */
export function isAnswerTo(message: Uint8Array, { question }: Query, id: number): boolean {
  if (message.length < HEADER_BYTES + question.length) return false;
  const view = viewOf(message);
  const flags = view.getUint16(2);
  return (
    view.getUint16(0) === id &&
    (flags & (FLAG.response | OPCODE_BITS)) === FLAG.response &&
    view.getUint16(4) === 1 &&
    question.every((byte, index) => message[HEADER_BYTES + index] === byte)
  );
}

export function rcodeOf(message: Uint8Array): number {
  return viewOf(message).getUint16(2) & RCODE_BITS;
}

export function isTruncated(message: Uint8Array): boolean {
  return (viewOf(message).getUint16(2) & FLAG.truncated) !== 0;
}

/** Another's answer under the client's id; where it is too long, no more of it than that. */
export function relayed(message: Uint8Array, query: Query, limit: number): Uint8Array {
  if (message.length <= limit) {
    const copy = message.slice();
    viewOf(copy).setUint16(0, query.id);
    return copy;
  }
  const flags = viewOf(message).getUint16(2) | FLAG.truncated;
  const option = query.edns === undefined ? new Uint8Array() : optRecord(query.edns.signatures);
  return concat([header(query.id, flags, [1, 0, 0, option.length === 0 ? 0 : 1]), query.question, option]);
}

/** A name as data of a record; undefined for one that is too long, or has a label that is empty or too long. */
export function encodeName(name: string): Uint8Array | undefined {
  const labels = name.split(".").map((label) => new TextEncoder().encode(label));
  const bytes = concat([...labels.flatMap((label) => [Uint8Array.of(label.length & 0xff), label]), Uint8Array.of(0)]);
  const sound = labels.every(({ length }) => length > 0 && length <= MOST_LABEL_BYTES) && bytes.length <= MOST_NAME_BYTES;
  return sound ? bytes : undefined;
}

/** The name that was asked for stands after the header. */
function answerRecord({ type, ttl, data }: Answer): Uint8Array {
  const record = new Uint8Array(12 + data.length);
  const view = viewOf(record);
  view.setUint16(0, (POINTER << 8) | HEADER_BYTES);
  view.setUint16(2, type);
  view.setUint16(4, CLASS_IN);
  view.setUint32(6, ttl);
  view.setUint16(10, data.length);
  record.set(data, 12);
  return record;
}

function optRecord(signatures: boolean): Uint8Array {
  const record = new Uint8Array(11);
  const view = viewOf(record);
  view.setUint16(1, TYPE.OPT);
  view.setUint16(3, MOST_UDP_BYTES);
  view.setUint16(7, signatures ? 0x8000 : 0);
  return record;
}

function header(id: number, flags: number, counts: readonly number[] = [0, 0, 0, 0]): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = viewOf(bytes);
  for (const [index, word] of [id, flags, ...counts].entries()) view.setUint16(index * 2, word);
  return bytes;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
