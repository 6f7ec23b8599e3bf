// What our messages about nf_tables make of a real kernel's tables, as nft(8) lists them.
import { expect } from "bun:test";
import type { Message } from "../../src/kernel/netlink/message.ts";
import { interfaceName } from "../../src/kernel/netlink/nftables/data-types.ts";
import { lookup, meta, nat, verdict } from "../../src/kernel/netlink/nftables/expressions.ts";
import { addressIn, loadPort } from "../../src/kernel/netlink/nftables/matches.ts";
import { addChain, addRule, addTable, batch, flushChain, removeChain, removeTable } from "../../src/kernel/netlink/nftables/messages.ts";
import { addElements, addSet, flushSet, removeElements, removeSet, type SetShape } from "../../src/kernel/netlink/nftables/sets.ts";
import { addVeth } from "../../src/kernel/netlink/rtnetlink/links.ts";
import { be16Value } from "../../src/kernel/netlink/values.ts";
import { requires } from "../support/requires.ts";
import { afterwards } from "./namespace.ts";
import { BRIDGES, CHAINS, chain, GATE_INDEX, NETS, PAIRS, PORTS, RULES, SIX, TCP, TEU, VERDICTS, v4 } from "./nft-rules.ts";

const { test } = requires("root", "nft", "ip");

/** The list of rules after a batch, without its indentation. */
async function list(messages: readonly Message[], route: readonly Message[] = []): Promise<string[]> {
  const text = await afterwards({ route, netfilter: batch(messages) }, "nft -s list ruleset");
  return text.split("\n").flatMap((line) => line.trim() || []);
}

test("chains, with and without a place", async () => {
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

const DETOURS: SetShape = { table: TEU, set: "detours", key: ["ipv4_addr", "inet_proto", "inet_service"], data: "verdict" };

const ELEMENT = { key: [TCP, be16Value(8080)], data: [v4("10.2.0.2"), be16Value(80)], comment: "web" };
const KEY = [v4("10.1.0.1"), TCP, be16Value(8080)];
const NAMES = ["teu0", "teu-1"].map((name) => ({ key: [interfaceName(name)] }));

test("sets and maps, their types and elements", async () => {
  const made = [
    addTable(TEU),
    addChain(chain("detour")),
    ...[PORTS, DETOURS, BRIDGES, NETS, PAIRS].map((shape) => addSet(shape, shape === PORTS ? { comment: "published" } : {})),
    addElements(PORTS, [ELEMENT]),
    addElements(DETOURS, [{ key: KEY, data: { jump: "detour" } }]),
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
    removeElements(DETOURS, [{ key: KEY }]),
    removeElements(BRIDGES, NAMES.slice(1)),
    flushSet(NETS),
    removeSet(PAIRS),
  ];
  const left = await list([...made, ...gone]);
  expect(left.filter((line) => line.startsWith("elements"))).toEqual(['elements = { "teu0" }']);
  expect(left).not.toContain("set pairs {");
  expect(await list([...made, addElements(PORTS, [ELEMENT]), addElements(BRIDGES, NAMES)])).toEqual(await list(made));
});

test("rules", async () => {
  const made = [
    addTable(TEU),
    addChain(chain("detour")),
    ...Object.entries(CHAINS).map(([name, base]) => addChain(chain(name), base)),
    ...[PORTS, BRIDGES, NETS, VERDICTS].map((shape) => addSet(shape)),
    ...RULES.map(({ hook, rule }, index) => addRule(chain(hook), rule, { comment: `number ${index}` })),
  ];
  const gate = addVeth({ name: "gate0", index: GATE_INDEX, peer: { name: "gate1" } });
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
  const pre = { ...SIX, chain: "pre" };
  const rules = [
    [...loadPort(), lookup({ set: "ports", register: 1, into: 1 }), nat({ type: "dnat", family: "ip6", address: 1, port: 2 })],
    [...addressIn("saddr", { address: Uint8Array.fromHex("fd02000000000000".padEnd(32, "0")), prefixLength: 64 }), verdict("accept")],
    [...addressIn("daddr", { address, prefixLength: 128 }), verdict("accept")],
  ];
  const made = [
    addTable(SIX),
    addSet(ports),
    addElements(ports, [{ key: ELEMENT.key, data: [address, be16Value(80)] }]),
    addChain(pre, { type: "nat", hook: "prerouting", priority: -100 }),
    ...rules.map((rule) => addRule(pre, rule)),
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
    addChain(chain("in")),
    addSet(shape, { id: 7 }),
    addElements(shape, NAMES, { id: 7 }),
    addRule(chain("in"), [meta("iifname", 1), lookup({ set: "__set%d", id: 7, register: 1 }), verdict("accept")]),
  ];
  expect(await list(made)).toContain('iifname { "teu0", "teu-1" } accept');
});
