// Messages in a form in which ours and another program's can be compared: a line a field, `path = bytes`. Sequence numbers and ports say
// nothing and are left out, so are the order of attributes, padding, and whether a nested attribute says that it is one.
import { type Attribute, align, type Message, NLA_F_NESTED, NLA_TYPE_MASK, NLM_F } from "../../src/kernel/netlink/message.ts";

export type Fields = ReadonlyMap<string, string>;

/** What a program has sent: the bytes of one message, without its header's. */
export interface Seen {
  readonly type: number;
  readonly flags: number;
  readonly body: Uint8Array;
}

/** How a field differs; absent on one side is undefined. */
export interface Difference {
  readonly path: string;
  readonly ours: string | undefined;
  readonly theirs: string | undefined;
}

/** Flags that say what is to be done; REQUEST and ACK are how it is asked for. */
const DEEDS = NLM_F.REPLACE | NLM_F.EXCL | NLM_F.CREATE | NLM_F.APPEND;

export function differences(ours: Message, theirs: Seen): Difference[] {
  const [left, right] = [fieldsOf(ours), seenFields(theirs, ours)];
  const paths = [...new Set([...left.keys(), ...right.keys()])];
  return paths
    .map((path) => ({ path, ours: left.get(path), theirs: right.get(path) }))
    .filter((difference) => difference.ours !== difference.theirs);
}

export function fieldsOf({ type, flags, header, attributes }: Message): Fields {
  return new Map([...heads(type, flags, header), ...ourLines(attributes, "")]);
}

function heads(type: number, flags: number, header: Uint8Array): [string, string][] {
  const words = Array.from({ length: header.length / 4 }, (_, index): [string, string] => [
    `header[${index * 4}]`,
    header.slice(index * 4, index * 4 + 4).toHex(),
  ]);
  return [["type", String(type)], ["flags", `0x${(flags & DEEDS).toString(16)}`], ...words];
}

function ourLines(attributes: readonly Attribute[], above: string): [string, string][] {
  const name = namer(above);
  return attributes.flatMap(({ type, value }): [string, string][] => {
    const path = name(type);
    if (value instanceof Uint8Array) return [[path, value.toHex()]];
    if (typeof value === "symbol" || "u32" in value) return [[path, "register"]];
    if (!("header" in value)) return [[path, "{"], ...ourLines(value, path)];
    return [[path, "{"], [`${path}/header`, value.header.toHex()], ...ourLines(value.attributes, path)];
  });
}

/** Theirs, taken apart where ours is, or where they say so. */
function seenFields({ type, flags, body }: Seen, like: Message): Fields {
  const header = body.slice(0, like.header.length);
  return new Map([...heads(type, flags, header), ...theirLines(body.subarray(header.length), like.attributes, "")]);
}

function theirLines(bytes: Uint8Array, like: readonly Attribute[], above: string): [string, string][] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const name = namer(above);
  const seen = new Map<number, number>();
  const lines: [string, string][] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const length = view.getUint16(at, true);
    const said = view.getUint16(at + 2, true);
    const type = said & NLA_TYPE_MASK;
    const value = bytes.subarray(at + 4, at + length);
    const before = seen.get(type) ?? 0;
    const ours = like.filter((attribute) => attribute.type === type)[before]?.value;
    seen.set(type, before + 1);
    lines.push(...theirValue(value, ours, { path: name(type), nested: (said & NLA_F_NESTED) !== 0 }));
    at += Math.max(4, align(length));
  }
  return lines;
}

function theirValue(
  value: Uint8Array,
  ours: Attribute["value"] | undefined,
  { path, nested }: { readonly path: string; readonly nested: boolean },
): [string, string][] {
  if (ours !== undefined && !(ours instanceof Uint8Array) && typeof ours === "object") {
    if ("header" in ours) {
      const header = value.slice(0, ours.header.length);
      return [[path, "{"], [`${path}/header`, header.toHex()], ...theirLines(value.subarray(header.length), ours.attributes, path)];
    }
    if (!("u32" in ours)) return [[path, "{"], ...theirLines(value, ours, path)];
  }
  return nested ? [[path, "{"], ...theirLines(value, [], path)] : [[path, value.toHex()]];
}

/** Paths of attributes by number; the second of one number is `1#1`. */
function namer(above: string): (type: number) => string {
  const counts = new Map<number, number>();
  return (type) => {
    const count = counts.get(type) ?? 0;
    counts.set(type, count + 1);
    return `${above}/${type}${count === 0 ? "" : `#${count}`}`;
  };
}
