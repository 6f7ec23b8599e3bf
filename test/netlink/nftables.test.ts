// What our messages about nf_tables make of a real kernel's tables, as nft(8) lists them.
import { expect } from "bun:test";
import type { Message } from "../../src/kernel/netlink/message.ts";
import { interfaceName } from "../../src/kernel/netlink/nftables/data-types.ts";
import {
  bitwise,
  compare,
  counter,
  duplicate,
  immediate,
  lookup,
  masquerade,
  meta,
  nat,
  redirect,
  reject,
  setMeta,
  verdict,
} from "../../src/kernel/netlink/nftables/expressions.ts";
import {
  addressIn,
  addressInSet,
  destinationIs,
  interfaceIn,
  interfaceIs,
  loadPort,
  portIs,
  protocolIs,
  SECOND,
  stateIs,
  statusIs,
} from "../../src/kernel/netlink/nftables/matches.ts";
import {
  addChain,
  addRule,
  addTable,
  batch,
  type Expression,
  flushChain,
  removeChain,
  removeTable,
  type Table,
} from "../../src/kernel/netlink/nftables/messages.ts";
import { addElements, addSet, flushSet, removeElements, removeSet, type SetShape } from "../../src/kernel/netlink/nftables/sets.ts";
import { addVeth } from "../../src/kernel/netlink/rtnetlink/links.ts";
import { be16Value, u32Value } from "../../src/kernel/netlink/values.ts";
import { requires } from "../support/requires.ts";
import { afterwards } from "./namespace.ts";

const { test } = requires("root", "nft", "ip");

const v4 = (text: string) => Uint8Array.from(text.split("."), Number);
const TEU: Table = { family: "ip", name: "teu" };
const SIX: Table = { family: "ip6", name: "teu" };
const TCP = Uint8Array.of(6);

/** The list of rules after a batch, without its indentation. */
async function list(messages: readonly Message[], route: readonly Message[] = []): Promise<string[]> {
  const text = await afterwards({ route, netfilter: batch(messages) }, "nft -s list ruleset");
  return text.split("\n").flatMap((line) => line.trim() || []);
}

test("chains, with and without a place", async () => {
  const chain = (name: string) => ({ ...TEU, chain: name });
  const made = [
    addTable({ ...TEU, comment: "of the engine" }),
    addChain(chain("pre"), { type: "nat", hook: "prerouting", priority: -100 }),
    addChain(chain("in"), { type: "filter", hook: "input", priority: 300, policy: "drop" }),
    addChain(chain("detour")),
  ];
  expect(await list([...made, ...made])).toEqual([
    "table ip teu {",
    'comment "of the engine"',
    "chain pre {",
    "type nat hook prerouting priority dstnat; policy accept;",
    "}",
    "chain in {",
    "type filter hook input priority 300; policy drop;",
    "}",
    "chain detour {",
    "}",
    "}",
  ]);
  expect(await list([...made, removeChain(chain("pre")), removeChain(chain("in")), removeChain(chain("detour"))])).toEqual([
    "table ip teu {",
    'comment "of the engine"',
    "}",
  ]);
  expect(await list([...made, removeTable(TEU)])).toEqual([]);
});

const PORTS: SetShape = {
  table: TEU,
  set: "ports",
  key: ["inet_proto", "inet_service"],
  data: ["ipv4_addr", "inet_service"],
};
const VERDICTS: SetShape = { table: TEU, set: "detours", key: ["ipv4_addr", "inet_proto", "inet_service"], data: "verdict" };
const BRIDGES: SetShape = { table: TEU, set: "bridges", key: ["ifname"] };
const NETS: SetShape = { table: TEU, set: "nets", key: ["ipv4_addr"], interval: true };
const PAIRS: SetShape = { table: TEU, set: "pairs", key: ["ipv4_addr", "inet_service"], interval: true };

const ELEMENT = { key: [TCP, be16Value(8080)], data: [v4("10.2.0.2"), be16Value(80)], comment: "web" };
const KEY = [v4("10.1.0.1"), TCP, be16Value(8080)];
const NAMES = ["teu0", "teu-1"].map((name) => ({ key: [interfaceName(name)] }));

test("sets and maps, their types and elements", async () => {
  const made = [
    addTable(TEU),
    addChain({ ...TEU, chain: "detour" }),
    ...[PORTS, VERDICTS, BRIDGES, NETS, PAIRS].map((shape) => addSet(shape, shape === PORTS ? { comment: "published" } : {})),
    addElements(PORTS, [ELEMENT]),
    addElements(VERDICTS, [{ key: KEY, data: { jump: "detour" } }]),
    addElements(BRIDGES, NAMES),
    addElements(NETS, [
      { key: [v4("10.0.0.0")], last: [v4("10.255.255.255")] },
      { key: [v4("224.0.0.0")], last: [v4("255.255.255.255")] },
    ]),
    addElements(PAIRS, [{ key: [v4("10.0.0.0"), be16Value(1)], last: [v4("10.0.0.255"), be16Value(1024)] }]),
  ];
  expect(await list(made)).toEqual([
    "table ip teu {",
    "map ports {",
    "type inet_proto . inet_service : ipv4_addr . inet_service",
    'comment "published"',
    'elements = { tcp . 8080 comment "web" : 10.2.0.2 . 80 }',
    "}",
    "map detours {",
    "type ipv4_addr . inet_proto . inet_service : verdict",
    "elements = { 10.1.0.1 . tcp . 8080 : jump detour }",
    "}",
    "set bridges {",
    "type ifname",
    'elements = { "teu0",',
    '"teu-1" }',
    "}",
    "set nets {",
    "type ipv4_addr",
    "flags interval",
    "elements = { 10.0.0.0/8, 224.0.0.0/3 }",
    "}",
    "set pairs {",
    "type ipv4_addr . inet_service",
    "flags interval",
    "elements = { 10.0.0.0/24 . 1-1024 }",
    "}",
    "chain detour {",
    "}",
    "}",
  ]);
  const gone = [
    removeElements(PORTS, [{ key: ELEMENT.key }]),
    removeElements(VERDICTS, [{ key: KEY }]),
    removeElements(BRIDGES, NAMES.slice(1)),
    flushSet(NETS),
    removeSet(PAIRS),
  ];
  const left = await list([...made, ...gone]);
  expect(left.filter((line) => line.startsWith("elements"))).toEqual(['elements = { "teu0" }']);
  expect(left).not.toContain("set pairs {");
  expect(await list([...made, addElements(PORTS, [ELEMENT]), addElements(BRIDGES, NAMES)])).toEqual(await list(made));
});

/** Of a chain: the rules that it is to have, as nft writes them. */
const RULES: readonly {
  readonly hook: "prerouting" | "input" | "postrouting";
  readonly rule: readonly Expression[];
  readonly text: string;
}[] = [
  {
    hook: "prerouting",
    rule: [
      ...interfaceIn("iifname", "bridges"),
      ...destinationIs("local"),
      ...loadPort(),
      lookup({ set: "ports", register: 1, into: 1 }),
      nat({ type: "dnat", family: "ip", address: 1, port: SECOND }),
    ],
    text: "iifname @bridges fib daddr type local dnat ip to meta l4proto . th dport map @ports",
  },
  {
    hook: "prerouting",
    rule: [...protocolIs("tcp"), ...portIs("dport", 81), immediate(1, be16Value(80)), redirect(1)],
    text: "tcp dport 81 redirect to :80",
  },
  {
    hook: "prerouting",
    rule: [immediate(1, v4("10.0.0.9")), nat({ type: "dnat", family: "ip", address: 1 })],
    text: "dnat to 10.0.0.9",
  },
  {
    hook: "postrouting",
    rule: [...addressIn("saddr", { address: v4("10.2.0.0"), prefixLength: 24 }), ...interfaceIs("oifname", "br0", true), masquerade()],
    text: 'ip saddr 10.2.0.0/24 oifname != "br0" masquerade',
  },
  {
    hook: "postrouting",
    rule: [
      ...addressIn("saddr", { address: v4("10.2.0.0"), prefixLength: 20 }, true),
      immediate(1, v4("10.0.0.1")),
      nat({ type: "snat", family: "ip", address: 1 }),
    ],
    text: "ip saddr != 10.2.0.0/20 snat to 10.0.0.1",
  },
  { hook: "input", rule: [...stateIs("established", "related"), verdict("accept")], text: "ct state established,related accept" },
  { hook: "input", rule: [...statusIs("dnat"), verdict("return")], text: "ct status dnat return" },
  { hook: "input", rule: [...interfaceIs("iifname", "teu*"), verdict("drop")], text: 'iifname "teu*" drop' },
  {
    hook: "input",
    rule: [...addressInSet("daddr", "ip", "nets", true), verdict({ goto: "detour" })],
    text: "ip daddr != @nets goto detour",
  },
  {
    hook: "input",
    rule: [...loadPort(), lookup({ set: "verdicts", register: 1, into: 0 })],
    text: "meta l4proto . th dport vmap @verdicts",
  },
  { hook: "input", rule: [...protocolIs("tcp"), reject("tcpReset")], text: "reject with tcp reset" },
  { hook: "input", rule: [reject({ icmp: 13 })], text: "reject with icmp admin-prohibited" },
  {
    hook: "input",
    rule: [meta("mark", 1), bitwise(1, u32Value(0xff)), compare("eq", 1, u32Value(7)), counter(), verdict({ jump: "detour" })],
    text: "meta mark & 0x000000ff == 0x00000007 counter jump detour",
  },
  { hook: "input", rule: [immediate(1, u32Value(9)), setMeta("mark", 1)], text: "meta mark set 0x00000009" },
  {
    hook: "input",
    rule: [counter(), immediate(1, v4("169.254.77.2")), immediate(2, u32Value(71)), duplicate({ address: 1, device: 2 }), verdict("drop")],
    text: 'counter dup to 169.254.77.2 device "gate0" drop',
  },
];

test("rules", async () => {
  const chain = (name: string) => ({ ...TEU, chain: name });
  const verdicts: SetShape = { table: TEU, set: "verdicts", key: PORTS.key, data: "verdict" };
  const made = [
    addTable(TEU),
    addChain(chain("detour")),
    addChain(chain("prerouting"), { type: "nat", hook: "prerouting", priority: -100 }),
    addChain(chain("input"), { type: "filter", hook: "input", priority: 300 }),
    addChain(chain("postrouting"), { type: "nat", hook: "postrouting", priority: 100 }),
    ...[PORTS, BRIDGES, NETS, verdicts].map((shape) => addSet(shape)),
    ...RULES.map(({ hook, rule }, index) => addRule(chain(hook), rule, { comment: `number ${index}` })),
  ];
  const gate = addVeth({ name: "gate0", index: 71, peer: { name: "gate1" } });
  const shown = (await list(made, gate)).filter((line) => line.includes("comment"));
  const of = (hook: string) => RULES.flatMap(({ hook: own, text }, index) => (own === hook ? [`${text} comment "number ${index}"`] : []));
  expect(shown).toEqual([...of("prerouting"), ...of("input"), ...of("postrouting")]);
  expect((await list([...made, flushChain(chain("input"))], gate)).filter((line) => line.includes("comment"))).toEqual([
    ...of("prerouting"),
    ...of("postrouting"),
  ]);
  const first = addRule(chain("detour"), [verdict("accept")], { first: true });
  const detour = (await list([...made, addRule(chain("detour"), [verdict("drop")]), first], gate)).join(" ");
  expect(detour).toContain("chain detour { accept drop }");
});

test("IPv6", async () => {
  const address = Uint8Array.fromHex("fd020000000000000000000000000002");
  const ports: SetShape = { table: SIX, set: "ports", key: PORTS.key, data: ["ipv6_addr", "inet_service"] };
  const chain = { ...SIX, chain: "pre" };
  const rules = [
    [...loadPort(), lookup({ set: "ports", register: 1, into: 1 }), nat({ type: "dnat", family: "ip6", address: 1, port: 2 })],
    [...addressIn("saddr", { address: Uint8Array.fromHex("fd02000000000000".padEnd(32, "0")), prefixLength: 64 }), verdict("accept")],
    [...addressIn("daddr", { address, prefixLength: 128 }), verdict("accept")],
  ];
  const made = [
    addTable(SIX),
    addSet(ports),
    addElements(ports, [{ key: ELEMENT.key, data: [address, be16Value(80)] }]),
    addChain(chain, { type: "nat", hook: "prerouting", priority: -100 }),
    ...rules.map((rule) => addRule(chain, rule)),
  ];
  expect((await list(made)).slice(2)).toEqual([
    "type inet_proto . inet_service : ipv6_addr . inet_service",
    "elements = { tcp . 8080 : fd02::2 . 80 }",
    "}",
    "chain pre {",
    "type nat hook prerouting priority dstnat; policy accept;",
    "dnat ip6 to meta l4proto . th dport map @ports",
    "ip6 saddr fd02::/64 accept",
    "ip6 daddr fd02::2 accept",
    "}",
    "}",
  ]);
});

test("a set without a name of its own", async () => {
  const shape: SetShape = { table: TEU, set: "__set%d", key: ["ifname"] };
  const made = [
    addTable(TEU),
    addChain({ ...TEU, chain: "in" }),
    addSet(shape, { id: 7 }),
    addElements(shape, NAMES, { id: 7 }),
    addRule({ ...TEU, chain: "in" }, [meta("iifname", 1), lookup({ set: "__set%d", id: 7, register: 1 }), verdict("accept")]),
  ];
  expect(await list(made)).toContain('iifname { "teu0", "teu-1" } accept');
});
