// What the real kernel tells of what we have sent, read by our decoders.
import { expect } from "bun:test";
import { type Message, NETLINK_NETFILTER, NETLINK_ROUTE } from "../../src/kernel/netlink/message.ts";
import { interfaceName } from "../../src/kernel/netlink/nftables/data-types.ts";
import {
  chainsOf,
  elementsOf,
  elementsRequest,
  generationOf,
  generationRequest,
  listRequest,
  rulesOf,
  setsOf,
  tablesOf,
  verdictOf,
} from "../../src/kernel/netlink/nftables/dumps.ts";
import { verdict } from "../../src/kernel/netlink/nftables/expressions.ts";
import { interfaceIn } from "../../src/kernel/netlink/nftables/matches.ts";
import { addChain, addRule, addTable, batch, type Table } from "../../src/kernel/netlink/nftables/messages.ts";
import { addElements, addSet, type SetShape } from "../../src/kernel/netlink/nftables/sets.ts";
import { addAddress, addressesOf } from "../../src/kernel/netlink/rtnetlink/addresses.ts";
import { type DumpKind, dumpRequest, linkRequest } from "../../src/kernel/netlink/rtnetlink/dump.ts";
import { linksOf } from "../../src/kernel/netlink/rtnetlink/link-dump.ts";
import { addBridge, addVeth, addVxlan } from "../../src/kernel/netlink/rtnetlink/links.ts";
import { addForwarding, addNeighbour, neighboursOf } from "../../src/kernel/netlink/rtnetlink/neighbours.ts";
import { addRoute, routesOf } from "../../src/kernel/netlink/rtnetlink/routes.ts";
import { addRoutingRule, removeRoutingRule, rulesOf as routingRulesOf } from "../../src/kernel/netlink/rtnetlink/routing-rules.ts";
import { be16Value, u32Value } from "../../src/kernel/netlink/values.ts";
import { requires } from "../support/requires.ts";
import { dumped } from "./namespace.ts";

const { test } = requires("root");

const v4 = (text: string) => Uint8Array.from(text.split("."), Number);
const FD01_1 = Uint8Array.fromHex("fd010000000000000000000000000001");
const MAC = "02:42:0a:58:00:01";

const BRIDGE = addBridge({ name: "teu0", index: 10, mac: MAC, mtu: 1400, alias: "teu:x:y", up: true });

async function after<Known>(messages: readonly Message[], kind: DumpKind, read: (dump: Uint8Array) => Known): Promise<Known> {
  return read(await dumped({ route: messages }, NETLINK_ROUTE, dumpRequest(kind)));
}

test("links", async () => {
  const port = { name: "a0", index: 20, master: 10, hairpin: true, mac: "02:42:0a:58:00:02", mtu: 1400, alias: "teu:x:z" };
  const messages = [
    ...BRIDGE,
    ...addVeth({ ...port, peer: { name: "a1", index: 21, mac: "02:42:0a:58:00:03" } }),
    ...addVxlan({ name: "vx0", index: 30, vni: 7, port: 4789, mac: "02:42:0a:58:00:04", mtu: 1450 }),
  ];
  const links = await after(messages, "links", linksOf);
  const [a1, a0] = [
    { index: 21, name: "a1", up: false, mac: "02:42:0a:58:00:03", mtu: 1500, kind: "veth", other: 20 },
    { ...port, up: false, kind: "veth", other: 21, isolated: false },
  ];
  expect(links.find(({ name }) => name === "lo")).toMatchObject({ index: 1, up: false });
  for (const link of [
    { index: 10, name: "teu0", up: true, mac: MAC, mtu: 1400, alias: "teu:x:y", kind: "bridge" },
    a0,
    a1,
    { index: 30, name: "vx0", up: false, mac: "02:42:0a:58:00:04", mtu: 1450, kind: "vxlan", vni: 7 },
  ])
    expect<unknown>(links).toContainEqual(link);
});

test("one link, by its name or number", async () => {
  const ask = async (link: string | number) => linksOf(await dumped({ route: BRIDGE }, NETLINK_ROUTE, linkRequest(link)));
  const [byName, ...more] = await ask("teu0");
  expect(byName).toMatchObject({ index: 10, name: "teu0", alias: "teu:x:y" });
  expect(more).toEqual([]);
  expect(await ask(10)).toEqual([byName].flatMap((link) => link ?? []));
  await expect(ask("none")).rejects.toThrow("ENODEV");
});

test("addresses and routes", async () => {
  const address = { address: v4("10.88.0.1"), prefixLength: 24, broadcast: v4("10.88.0.255") };
  const six = { address: FD01_1, prefixLength: 64, nodad: true };
  const routes = [
    { destination: { address: v4("0.0.0.0"), prefixLength: 0 }, gateway: v4("10.88.0.2"), index: 10, metric: 7 },
    { destination: { address: v4("10.97.0.0"), prefixLength: 16 }, index: 10, table: 1000, source: v4("10.88.0.1") },
    { destination: { address: FD01_1, prefixLength: 128 }, type: "local" as const, index: 10, metric: 2048, table: 255 },
    { destination: { address: v4("10.96.0.0"), prefixLength: 16 }, type: "prohibit" as const },
  ];
  const messages = [...BRIDGE, addAddress(10, address), addAddress(10, six)];
  const addresses = (await after(messages, "addresses", addressesOf)).filter(({ scope }) => scope === 0);
  expect<unknown>(addresses).toEqual([
    { ...address, index: 10, scope: 0, permanent: true },
    { address: FD01_1, prefixLength: 64, index: 10, scope: 0, permanent: true },
  ]);
  const shown = await after([...messages, ...routes.map(addRoute)], "routes", routesOf);
  for (const route of routes) expect<unknown>(shown).toContainEqual({ type: "unicast", table: 254, ...route });
});

test("neighbours and forwarding entries", async () => {
  const messages = [
    ...BRIDGE,
    ...addVxlan({ name: "vx0", index: 30, vni: 7, port: 4789 }),
    addNeighbour(10, { address: v4("10.88.0.9"), mac: MAC }),
    addNeighbour(10, { address: FD01_1, mac: MAC }),
    addForwarding(30, { mac: MAC, host: v4("10.0.0.2"), port: 4790, vni: 8 }),
  ];
  const known = { index: 10, family: "address", permanent: true, proxy: false, mac: MAC };
  const neighbours = await after(messages, "neighbours", neighboursOf);
  for (const address of [v4("10.88.0.9"), FD01_1]) expect<unknown>(neighbours).toContainEqual({ ...known, address });
  expect<unknown>(await after(messages, "forwarding", neighboursOf)).toContainEqual({
    index: 30,
    family: "forwarding",
    permanent: true,
    proxy: false,
    address: v4("10.0.0.2"),
    mac: MAC,
    port: 4790,
    vni: 8,
  });
});

test("routing rules", async () => {
  const rules = [
    { family: 4, table: 100, priority: 1000, from: { address: v4("10.0.0.0"), prefixLength: 8 } },
    { family: 6, table: 1000, priority: 1001, input: "lo", mark: 7, markMask: 0xff },
    { family: 6, table: 254, priority: 1002, to: { address: FD01_1, prefixLength: 128 }, output: "lo" },
  ] as const;
  const shown = await after(rules.map(addRoutingRule), "rules", routingRulesOf);
  for (const rule of rules) expect<unknown>(shown).toContainEqual(rule);
  const [first] = rules;
  const left = await after([...rules.map(addRoutingRule), removeRoutingRule(first)], "rules", routingRulesOf);
  expect<unknown>(left).not.toContainEqual(first);
});

const TEU: Table = { family: "ip", name: "teu" };
const PORTS: SetShape = { table: TEU, set: "ports", key: ["inet_proto", "inet_service"], data: ["ipv4_addr", "inet_service"] };
const DETOURS: SetShape = { table: TEU, set: "detours", key: ["inet_service"], data: "verdict" };
const BRIDGES: SetShape = { table: TEU, set: "bridges", key: ["ifname"] };
const NETS: SetShape = { table: TEU, set: "nets", key: ["ipv4_addr"], interval: true };
const PAIRS: SetShape = { table: TEU, set: "pairs", key: ["ipv4_addr", "inet_service"], interval: true };
const PORT = { key: [Uint8Array.of(6), be16Value(8080)], data: [v4("10.2.0.2"), be16Value(80)], comment: "web" };
const PAIR = { key: [v4("10.0.0.0"), be16Value(1)], last: [v4("10.0.0.9"), be16Value(9)] };
const BASE = { type: "filter", hook: "input", priority: -300, policy: "drop" } as const;

const TABLES = batch([
  addTable({ ...TEU, comment: "ours" }),
  addTable({ family: "ip6", name: "other" }),
  addChain({ ...TEU, chain: "in" }, BASE),
  addChain({ ...TEU, chain: "detour" }),
  ...[PORTS, DETOURS, BRIDGES, NETS, PAIRS].map((shape) => addSet(shape, shape === PORTS ? { comment: "published" } : {})),
  addElements(PORTS, [PORT]),
  addElements(DETOURS, [
    { key: [be16Value(1)], data: { jump: "detour" } },
    { key: [be16Value(2)], data: "drop" },
  ]),
  addElements(BRIDGES, [{ key: [interfaceName("teu0")] }]),
  addElements(NETS, [{ key: [v4("10.0.0.0")], last: [v4("10.255.255.255")] }]),
  addElements(PAIRS, [PAIR]),
  addRule({ ...TEU, chain: "in" }, [...interfaceIn("iifname", "bridges"), verdict({ goto: "detour" })], { comment: "to the detour" }),
]);

async function tables<Known>(request: Message, read: (dump: Uint8Array) => Known): Promise<Known> {
  return read(await dumped({ netfilter: TABLES }, NETLINK_NETFILTER, request));
}

test("tables, chains, rules, sets", async () => {
  const handle = expect.any(BigInt);
  expect<unknown>(await tables(listRequest("tables", "unspecified"), tablesOf)).toEqual([
    { ...TEU, comment: "ours", handle },
    { family: "ip6", name: "other", handle },
  ]);
  expect<unknown>(await tables(listRequest("chains", "ip"), chainsOf)).toEqual([
    { ...TEU, chain: "in", handle, base: BASE },
    { ...TEU, chain: "detour", handle },
  ]);
  const [rule, ...more] = await tables(listRequest("rules", "ip", "teu"), rulesOf);
  expect(more).toEqual([]);
  expect<unknown>(rule).toMatchObject({ ...TEU, chain: "in", comment: "to the detour" });
  expect(rule?.expressions.map(({ name }) => name)).toEqual(["meta", "lookup", "immediate"]);
  const last = rule?.expressions.at(-1);
  expect(last && verdictOf(last.attributes.nested(2))).toEqual({ goto: "detour" });
  const sets = await tables(listRequest("sets", "ip", "teu"), setsOf);
  expect<unknown>(sets).toEqual([
    { ...TEU, set: "ports", handle, key: PORTS.key, data: PORTS.data, comment: "published", interval: false, anonymous: false },
    { ...TEU, set: "detours", handle, key: DETOURS.key, data: "verdict", interval: false, anonymous: false },
    { ...TEU, set: "bridges", handle, key: BRIDGES.key, interval: false, anonymous: false },
    { ...TEU, set: "nets", handle, key: NETS.key, interval: true, anonymous: false },
    { ...TEU, set: "pairs", handle, key: PAIRS.key, interval: true, anonymous: false },
  ]);
});

test("the number of the rule set, which a batch makes one more", async () => {
  const generation = async (netfilter: readonly Message[]) =>
    generationOf(await dumped({ netfilter }, NETLINK_NETFILTER, generationRequest()));
  const before = await generation([]);
  expect(before).toBeNumber();
  expect(await generation(batch([addTable(TEU)]))).toBe((before ?? 0) + 1);
});

test("elements", async () => {
  const of = (shape: SetShape) => tables(elementsRequest(shape), (dump) => elementsOf(dump, shape));
  expect<unknown>(await of(PORTS)).toEqual([{ ...PORT, end: false }]);
  const detours = await of(DETOURS);
  expect<unknown>(detours).toContainEqual({ key: [be16Value(1)], data: { jump: "detour" }, end: false });
  expect<unknown>(detours).toContainEqual({ key: [be16Value(2)], data: "drop", end: false });
  expect<unknown>(await of(BRIDGES)).toEqual([{ key: [interfaceName("teu0")], end: false }]);
  const nets = await of(NETS);
  expect<unknown>(nets).toContainEqual({ key: [v4("10.0.0.0")], end: false });
  expect<unknown>(nets).toContainEqual({ key: [v4("11.0.0.0")], end: true });
  expect<unknown>(await of(PAIRS)).toEqual([{ ...PAIR, end: false }]);
});

test("a dump that ends with an error is none", async () => {
  const { attributes, ...request } = dumpRequest("links");
  const elsewhere = { type: 46, value: u32Value(99) }; // IFLA_TARGET_NETNSID
  const asked = dumped({}, NETLINK_ROUTE, { ...request, attributes: [...attributes, elsewhere] });
  await expect(asked).rejects.toThrow(/EINVAL at \d+ Invalid target network namespace id/);
});
