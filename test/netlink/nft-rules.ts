// Tables, sets and rules that tests of nf_tables have: what nft(8) lists of our messages, and the messages that it sends for the same text.
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
  socketIs,
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
import type { Expression, Table } from "../../src/kernel/netlink/nftables/messages.ts";
import type { SetShape } from "../../src/kernel/netlink/nftables/sets.ts";
import { be16Value, u32Value } from "../../src/kernel/netlink/values.ts";

export const v4 = (text: string) => Uint8Array.from(text.split("."), Number);
export const TEU: Table = { family: "ip", name: "teu" };
export const SIX: Table = { family: "ip6", name: "teu" };
export const chain = (name: string) => ({ ...TEU, chain: name });
export const TCP = Uint8Array.of(6);

const PORT_KEY = ["inet_proto", "inet_service"] as const;
export const PORTS: SetShape = { table: TEU, set: "ports", key: PORT_KEY, data: ["ipv4_addr", "inet_service"] };
export const BRIDGES: SetShape = { table: TEU, set: "bridges", key: ["ifname"] };
export const NETS: SetShape = { table: TEU, set: "nets", key: ["ipv4_addr"], interval: true };
export const PAIRS: SetShape = { table: TEU, set: "pairs", key: ["ipv4_addr", "inet_service"], interval: true };
export const VERDICTS: SetShape = { table: TEU, set: "verdicts", key: PORT_KEY, data: "verdict" };

/** Chains that rules stand in, by their names. */
export const CHAINS = {
  prerouting: { type: "nat", hook: "prerouting", priority: -100 },
  input: { type: "filter", hook: "input", priority: 300 },
  postrouting: { type: "nat", hook: "postrouting", priority: 100 },
} as const;

/** The link gate0. */
export const GATE_INDEX = 71;

/** Rules as nft writes and reads them, each for a chain of CHAINS. */
export const RULES: readonly {
  readonly hook: keyof typeof CHAINS;
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
  {
    hook: "input",
    rule: [...socketIs("transparent"), immediate(1, u32Value(9)), setMeta("mark", 1)],
    text: "socket transparent 1 meta mark set 0x00000009",
  },
  {
    hook: "input",
    rule: [
      counter(),
      immediate(1, v4("169.254.77.2")),
      immediate(2, u32Value(GATE_INDEX)),
      duplicate({ address: 1, device: 2 }),
      verdict("drop"),
    ],
    text: 'counter dup to 169.254.77.2 device "gate0" drop',
  },
];
