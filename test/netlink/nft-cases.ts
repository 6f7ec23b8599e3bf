// What is asked of nft(8), and our messages for the same. The link gate0 is 71.
import type { Message } from "../../src/kernel/netlink/message.ts";
import { interfaceName } from "../../src/kernel/netlink/nftables/data-types.ts";
import {
  counter,
  duplicate,
  immediate,
  lookup,
  masquerade,
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
import {
  addChain,
  addRule,
  addTable,
  flushChain,
  removeChain,
  removeTable,
  type Table,
} from "../../src/kernel/netlink/nftables/messages.ts";
import { addElements, addSet, flushSet, removeElements, removeSet, type SetShape } from "../../src/kernel/netlink/nftables/sets.ts";
import { be16Value, u32Value } from "../../src/kernel/netlink/values.ts";

const v4 = (text: string) => Uint8Array.from(text.split("."), Number);
const TEU: Table = { family: "ip", name: "teu" };
const SIX: Table = { family: "ip6", name: "teu" };
const chain = (name: string) => ({ ...TEU, chain: name });
const PORTS: SetShape = { table: TEU, set: "ports", key: ["inet_proto", "inet_service"], data: ["ipv4_addr", "inet_service"] };
const BRIDGES: SetShape = { table: TEU, set: "bridges", key: ["ifname"] };
const NETS: SetShape = { table: TEU, set: "nets", key: ["ipv4_addr"], interval: true };
const PAIRS: SetShape = { table: TEU, set: "pairs", key: ["ipv4_addr", "inet_service"], interval: true };
const DETOURS: SetShape = { table: TEU, set: "detours", key: ["inet_service"], data: "verdict" };
const PORT = { key: [Uint8Array.of(6), be16Value(8080)], data: [v4("10.2.0.2"), be16Value(80)] };

export interface NftCase {
  readonly name: string;
  /** What is there before; the names of its sets are known to nft. */
  readonly before?: string;
  readonly text: string;
  readonly ours: readonly Message[];
}

const BEFORE = `table ip teu {
  map ports { type inet_proto . inet_service : ipv4_addr . inet_service; elements = { tcp . 8080 : 10.2.0.2 . 80 }; }
  set bridges { type ifname; elements = { "br0" }; }
  set nets { type ipv4_addr; flags interval; }
  set pairs { type ipv4_addr . inet_service; flags interval; }
  map detours { type inet_service : verdict; }
  chain pre { type nat hook prerouting priority -100; }
  chain in { type filter hook input priority 300; }
  chain post { type nat hook postrouting priority 100; }
  chain detour { accept; }
}
table ip6 teu {
  chain pre { type nat hook prerouting priority -100; }
}`;

/** A rule for each, appended to a chain of BEFORE. */
const RULES: readonly (readonly [chain: string, text: string, rule: Parameters<typeof addRule>[1]])[] = [
  [
    "pre",
    "iifname @bridges fib daddr type local dnat ip to meta l4proto . th dport map @ports",
    [
      ...interfaceIn("iifname", "bridges"),
      ...destinationIs("local"),
      ...loadPort(),
      lookup({ set: "ports", register: 1, into: 1 }),
      nat({ type: "dnat", family: "ip", address: 1, port: SECOND }),
    ],
  ],
  ["pre", "tcp dport 81 redirect to :80", [...protocolIs("tcp"), ...portIs("dport", 81), immediate(1, be16Value(80)), redirect(1)]],
  [
    "post",
    'ip saddr 10.2.0.0/24 oifname != "br0" masquerade',
    [...addressIn("saddr", { address: v4("10.2.0.0"), prefixLength: 24 }), ...interfaceIs("oifname", "br0", true), masquerade()],
  ],
  [
    "post",
    "ip saddr 10.2.0.0/20 snat to 10.0.0.1",
    [
      ...addressIn("saddr", { address: v4("10.2.0.0"), prefixLength: 20 }),
      immediate(1, v4("10.0.0.1")),
      nat({ type: "snat", family: "ip", address: 1 }),
    ],
  ],
  ["in", "ct state established,related accept", [...stateIs("established", "related"), verdict("accept")]],
  ["in", "ct status dnat return", [...statusIs("dnat"), verdict("return")]],
  ["in", 'iifname "teu*" drop', [...interfaceIs("iifname", "teu*"), verdict("drop")]],
  ["in", "ip daddr != @nets goto detour", [...addressInSet("daddr", "ip", "nets", true), verdict({ goto: "detour" })]],
  ["in", "meta l4proto tcp th dport vmap @detours", [...protocolIs("tcp"), ...portLookup("detours")]],
  ["in", "socket transparent 1 meta mark set 9", [...socketIs("transparent"), immediate(1, u32Value(9)), setMeta("mark", 1)]],
  ["in", "reject with icmp admin-prohibited", [reject({ icmp: 13 })]],
  [
    "in",
    'counter dup to 169.254.77.2 device "gate0" drop',
    [counter(), immediate(1, v4("169.254.77.2")), immediate(2, u32Value(71)), duplicate({ address: 1, device: 2 }), verdict("drop")],
  ],
];

function portLookup(set: string): Parameters<typeof addRule>[1] {
  const [load] = portIs("dport", 0);
  return load === undefined ? [] : [load, lookup({ set, register: 1, into: 0 })];
}

export const NFT_CASES: readonly NftCase[] = [
  {
    name: "tables and chains",
    text: `table ip teu {
      comment "ours"
      chain pre { type nat hook prerouting priority -100; }
      chain in { type filter hook input priority 300; policy drop; }
      chain detour { }
    }`,
    ours: [
      addTable({ ...TEU, comment: "ours" }),
      addChain(chain("pre"), { type: "nat", hook: "prerouting", priority: -100 }),
      addChain(chain("in"), { type: "filter", hook: "input", priority: 300, policy: "drop" }),
      addChain(chain("detour")),
    ],
  },
  ...[
    { shape: PORTS, type: "inet_proto . inet_service : ipv4_addr . inet_service;", comment: "published" },
    { shape: BRIDGES, type: "type ifname;" },
    { shape: NETS, type: "type ipv4_addr; flags interval;" },
    { shape: PAIRS, type: "type ipv4_addr . inet_service; flags interval;" },
    { shape: DETOURS, type: "type inet_service : verdict;" },
  ].map(({ shape, type, comment }) => ({
    name: `set ${shape.set}`,
    before: "table ip teu { }",
    text: `add ${shape.data === undefined ? "set" : "map"} ip teu ${shape.set} { ${type.startsWith("type") ? type : `type ${type}`} ${comment === undefined ? "" : `comment "${comment}";`} }`,
    ours: [addSet(shape, { id: 1, ...(comment === undefined ? {} : { comment }) })],
  })),
  {
    name: "elements",
    before: BEFORE,
    text: `add element ip teu ports { tcp . 8081 comment "web" : 10.2.0.2 . 80 }
      add element ip teu bridges { "teu0" }
      add element ip teu nets { 0.0.0.0-9.255.255.255 }
      add element ip teu pairs { 10.0.0.0/24 . 1-1024 }
      add element ip teu detours { 80 : jump detour }`,
    ours: [
      addElements(PORTS, [{ ...PORT, key: [Uint8Array.of(6), be16Value(8081)], comment: "web" }]),
      addElements(BRIDGES, [{ key: [interfaceName("teu0")] }]),
      addElements(NETS, [{ key: [v4("0.0.0.0")], last: [v4("9.255.255.255")] }]),
      addElements(PAIRS, [{ key: [v4("10.0.0.0"), be16Value(1)], last: [v4("10.0.0.255"), be16Value(1024)] }]),
      addElements(DETOURS, [{ key: [be16Value(80)], data: { jump: "detour" } }]),
    ],
  },
  {
    name: "what is removed",
    before: BEFORE,
    text: `delete element ip teu ports { tcp . 8080 }
      delete element ip teu bridges { "br0" }
      flush set ip teu bridges
      delete set ip teu pairs
      flush chain ip teu detour
      delete chain ip teu detour
      delete table ip6 teu`,
    ours: [
      removeElements(PORTS, [{ key: PORT.key }]),
      removeElements(BRIDGES, [{ key: [interfaceName("br0")] }]),
      flushSet(BRIDGES),
      removeSet(PAIRS),
      flushChain(chain("detour")),
      removeChain(chain("detour")),
      removeTable(SIX),
    ],
  },
  ...RULES.map(([name, text, rule]) => ({
    name: text,
    before: BEFORE,
    text: `add rule ip teu ${name} ${text} comment "why"`,
    ours: [addRule(chain(name), rule, { comment: "why" })],
  })),
  {
    name: "at the beginning",
    before: BEFORE,
    text: "insert rule ip teu in accept",
    ours: [addRule(chain("in"), [verdict("accept")], { first: true })],
  },
  {
    name: "IPv6",
    before: BEFORE,
    text: "add rule ip6 teu pre ip6 daddr fd02::/64 dnat to fd01::1",
    ours: [
      addRule({ ...SIX, chain: "pre" }, [
        ...addressIn("daddr", { address: Uint8Array.fromHex("fd02".padEnd(32, "0")), prefixLength: 64 }),
        immediate(1, Uint8Array.fromHex("fd010000000000000000000000000001")),
        nat({ type: "dnat", family: "ip6", address: 1 }),
      ]),
    ],
  },
];
