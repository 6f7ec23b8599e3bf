// Netlink both ways: answers of the kernel that are damaged, and random messages that must be read as they were written.
import { expect, test } from "bun:test";
import { Attributes, messagesIn } from "../../src/kernel/netlink/decode.ts";
import { linkFactsOf } from "../../src/kernel/netlink/interfaces/link-facts.ts";
import { type Attribute, encodeMessages, type Message, NLA_F_NESTED } from "../../src/kernel/netlink/message.ts";
import { concatenate, DATA_TYPES, type DataType, takeApart, typeNumber, typesOf } from "../../src/kernel/netlink/nftables/data-types.ts";
import { chainsOf, elementsOf, generationOf, rulesOf, setsOf, tablesOf, verdictOf } from "../../src/kernel/netlink/nftables/dumps.ts";
import { verdict } from "../../src/kernel/netlink/nftables/expressions.ts";
import { interfaceIn, stateIs } from "../../src/kernel/netlink/nftables/matches.ts";
import { addChain, addRule, addTable } from "../../src/kernel/netlink/nftables/messages.ts";
import { addElements, addSet, type SetShape } from "../../src/kernel/netlink/nftables/sets.ts";
import { readUserdata, userdata } from "../../src/kernel/netlink/nftables/userdata.ts";
import { addAddress, addressesOf, type NewAddress } from "../../src/kernel/netlink/rtnetlink/addresses.ts";
import { linksOf } from "../../src/kernel/netlink/rtnetlink/link-dump.ts";
import { addBridge, addVeth, addVxlan, setLink } from "../../src/kernel/netlink/rtnetlink/links.ts";
import { addForwarding, addNeighbour, neighboursOf } from "../../src/kernel/netlink/rtnetlink/neighbours.ts";
import type { AddressRange } from "../../src/kernel/netlink/rtnetlink/numbers.ts";
import { addRoute, ROUTE_TYPES, type Route, type RouteType, routesOf } from "../../src/kernel/netlink/rtnetlink/routes.ts";
import { addRoutingRule, type RoutingRule, rulesOf as routingRulesOf } from "../../src/kernel/netlink/rtnetlink/routing-rules.ts";
import { macText } from "../../src/kernel/netlink/values.ts";
import { fuzz } from "./harness.ts";
import { Random } from "./mutate.ts";

function bytesOf(messages: readonly Message[]): Uint8Array {
  const chunks = encodeMessages(messages).map((chunk) => {
    if (!(chunk instanceof Uint8Array)) throw new TypeError("a register in a message of this test");
    return chunk;
  });
  return new Uint8Array(Buffer.concat(chunks));
}

const TEU = { family: "ip", name: "teu" } as const;
const SHAPES: readonly SetShape[] = [
  { table: TEU, set: "ports", key: ["inet_proto", "inet_service"], data: ["ipv4_addr", "inet_service"] },
  { table: TEU, set: "detours", key: ["inet_service"], data: "verdict" },
  { table: TEU, set: "pairs", key: ["ipv4_addr", "inet_service"], interval: true },
];
const HANDLE: Attribute = { type: 4, value: new Uint8Array(8) };
const RANGE = { address: Uint8Array.of(10, 0, 0, 0), prefixLength: 8 };
const MAC = "02:42:0a:58:00:01";

const SEEDS: readonly (readonly Message[])[] = [
  [
    ...addBridge({ name: "teu0", index: 3, mac: MAC, alias: "x" }),
    addAddress(3, { ...RANGE, broadcast: Uint8Array.of(10, 255, 255, 255) }),
  ],
  addVeth({ name: "a", index: 4, master: 3, hairpin: true, peer: { name: "b", mtu: 1400 } }),
  [...addVxlan({ name: "vx", vni: 7, port: 4789 }), setLink("vx", { isolated: true })],
  [addRoute({ destination: RANGE, gateway: RANGE.address, index: 3, table: 1000, metric: 7 })],
  [addNeighbour(3, { address: RANGE.address, mac: MAC }), addForwarding(3, { mac: MAC, vni: 7, port: 1 })],
  [addRoutingRule({ family: 4, table: 1000, from: RANGE, input: "a", mark: 1, markMask: 2 })],
  [addTable({ ...TEU, comment: "c" }), addChain({ ...TEU, chain: "in" }, { type: "nat", hook: "input", priority: 300 })].map(withHandle),
  [addRule({ ...TEU, chain: "in" }, [...interfaceIn("iifname", "s"), ...stateIs("new"), verdict({ jump: "x" })], { comment: "c" })].map(
    withHandle,
  ),
  SHAPES.map((shape) => addSet(shape, { comment: "c" })),
  SHAPES.map((shape) => addElements(shape, [elementOf(shape, new Random(1))])),
];

/** What the kernel adds: objects have handles, whose numbers differ. */
function withHandle(message: Message): Message {
  return { ...message, attributes: [...message.attributes, ...[2, 3, 4, 16].map((type) => ({ ...HANDLE, type }))] };
}

fuzz({
  name: "every decoder of netlink",
  seeds: SEEDS.map(bytesOf),
  words: ["\u0008\0\u0001\0", "\u0004\0\u0001\0", "\0\0\0\0", "teu\0"],
  run: (bytes) => {
    for (const { body } of messagesIn(bytes)) verdictOf(new Attributes(body));
    for (const read of [linksOf, linkFactsOf, addressesOf, routesOf, neighboursOf, routingRulesOf, tablesOf, chainsOf, rulesOf, setsOf]) {
      const found: readonly unknown[] = read(bytes);
      expect(found.length).toBeLessThanOrEqual(bytes.length / 16);
    }
    for (const shape of SHAPES) elementsOf(bytes, shape);
    generationOf(bytes);
    readUserdata(bytes);
  },
});

const SEED = Number(process.env.TEU_FUZZ_SEED ?? 1);
const ROUNDS = 300;

function some(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256));
}

function maybe<Name extends string, Value>(random: Random, name: Name, value: Value): { readonly [key in Name]?: Value } {
  return (random.below(2) === 0 ? {} : { [name]: value }) as { readonly [key in Name]?: Value };
}

function number(random: Random): number {
  return random.below(2 ** 31) + 1;
}

function name(random: Random): string {
  return Array.from({ length: 1 + random.below(14) }, () => random.pick([..."abcxyz019-_."])).join("");
}

function range(random: Random, size: 4 | 16): AddressRange {
  return { address: some(random, size), prefixLength: 1 + random.below(size * 8) };
}

/** Attributes in attributes, of any bytes. */
function tree(random: Random, depth: number): Attribute[] {
  return Array.from({ length: random.below(5) }, () => ({
    type: random.below(0x3fff),
    value: depth > 0 && random.below(3) === 0 ? tree(random, depth - 1) : some(random, random.below(40)),
  }));
}

/** The same attributes, read. */
function readTree(bytes: Uint8Array, like: readonly Attribute[]): Attribute[] {
  const attributes = new Attributes(bytes);
  const counts = new Map<number, number>();
  return like.map(({ type, value }) => {
    const count = counts.get(type) ?? 0;
    counts.set(type, count + 1);
    const found = attributes.every(type)[count] ?? new Uint8Array();
    return { type, value: Array.isArray(value) ? readTree(found, value) : found };
  });
}

function elementOf({ key, data, interval }: SetShape, random: Random) {
  const values = (types: readonly DataType[]) => types.map((type) => some(random, DATA_TYPES[type].size));
  const verdicts = ["accept", "drop", "return", { jump: name(random) }, { goto: name(random) }] as const;
  return {
    key: values(key),
    ...(interval ? { last: values(key) } : {}),
    ...(data === undefined ? {} : { data: data === "verdict" ? random.pick(verdicts) : values(data) }),
    ...maybe(random, "comment", name(random)),
  };
}

const ROUND_TRIPS: Readonly<Record<string, (random: Random) => void>> = {
  "attributes in attributes": (random) => {
    const attributes = tree(random, 3);
    const message = { type: random.below(65536), flags: 0, header: some(random, 4 * random.below(6)), attributes };
    const [found, ...more] = messagesIn(bytesOf([message]));
    expect(more).toEqual([]);
    expect(found?.type).toBe(message.type);
    expect(readTree(found?.body.subarray(message.header.length) ?? new Uint8Array(), attributes)).toEqual(attributes);
    expect(attributes.every(({ type }) => (type & NLA_F_NESTED) === 0)).toBe(true);
  },
  links: (random) => {
    const link = {
      name: name(random),
      index: number(random),
      mac: macText(some(random, 6)),
      mtu: number(random),
      up: random.below(2) === 0,
    };
    const master = maybe(random, "master", number(random));
    const [first] = addBridge({ ...link, ...master });
    expect<unknown>(linksOf(bytesOf(first === undefined ? [] : [first]))).toEqual([{ ...link, ...master, kind: "bridge" }]);
  },
  addresses: (random) => {
    const size = random.pick([4, 16] as const);
    const address: NewAddress = { ...range(random, size), ...maybe(random, "broadcast", some(random, size)) };
    const index = number(random);
    expect<unknown>(addressesOf(bytesOf([addAddress(index, address)]))).toEqual([{ ...address, index, scope: 0, permanent: false }]);
  },
  routes: (random) => {
    const size = random.pick([4, 16] as const);
    const route: Route & { table: number; type: RouteType } = {
      destination: range(random, size),
      table: 1 + random.below(2000),
      type: random.pick(Object.keys(ROUTE_TYPES) as RouteType[]),
      ...maybe(random, "gateway", some(random, size)),
      ...maybe(random, "source", some(random, size)),
      ...maybe(random, "index", number(random)),
      ...maybe(random, "metric", number(random)),
    };
    expect<unknown>(routesOf(bytesOf([addRoute(route)]))).toEqual([route]);
  },
  neighbours: (random) => {
    const entry = { mac: macText(some(random, 6)), ...maybe(random, "port", random.below(65536)), ...maybe(random, "vni", number(random)) };
    const index = number(random);
    const [known] = neighboursOf(bytesOf([addForwarding(index, entry)]));
    expect<unknown>(known).toEqual({ ...entry, index, family: "forwarding", permanent: true, proxy: false });
  },
  "routing rules": (random) => {
    const size = random.pick([4, 16] as const);
    const rule: RoutingRule = {
      family: size === 4 ? 4 : 6,
      table: 1 + random.below(2000),
      ...maybe(random, "priority", number(random)),
      ...maybe(random, "from", range(random, size)),
      ...maybe(random, "to", range(random, size)),
      ...maybe(random, "input", name(random)),
      ...maybe(random, "output", name(random)),
      ...maybe(random, "mark", number(random)),
      ...maybe(random, "markMask", number(random)),
    };
    expect<unknown>(routingRulesOf(bytesOf([addRoutingRule(rule)]))).toEqual([rule]);
  },
  "sets and their elements": (random) => {
    const types = Object.keys(DATA_TYPES) as DataType[];
    const key = Array.from({ length: 1 + random.below(4) }, () => random.pick(types));
    expect(typesOf(typeNumber(key))).toEqual(key);
    const parts = key.map((type) => some(random, DATA_TYPES[type].size));
    expect(takeApart(key, concatenate(key, parts))).toEqual(parts);
    const shape = random.pick(SHAPES);
    const elements = Array.from({ length: random.below(9) }, () => elementOf(shape, random));
    const found = elementsOf(bytesOf([addElements(shape, elements)]), shape);
    expect<unknown>(found).toEqual(elements.map((element) => ({ ...element, end: false })));
  },
  "data that nft keeps": (random) => {
    const values = { [random.below(9)]: some(random, random.below(256)), [9 + random.below(9)]: some(random, random.below(256)) };
    expect(readUserdata(userdata(values))).toEqual(new Map(Object.entries(values).map(([type, value]) => [Number(type), value])));
  },
};

for (const [what, once] of Object.entries(ROUND_TRIPS)) {
  test(`${what} are read as they were written`, () => {
    const random = new Random(SEED);
    for (let round = 0; round < ROUNDS; round++) once(random);
  });
}
