// What is asked of nft(8), and our messages for the same.
import type { Message } from "../../src/kernel/netlink/message.ts";
import { interfaceName } from "../../src/kernel/netlink/nftables/data-types.ts";
import { immediate, nat, verdict } from "../../src/kernel/netlink/nftables/expressions.ts";
import { addressIn } from "../../src/kernel/netlink/nftables/matches.ts";
import { addChain, addRule, addTable, flushChain, removeChain, removeTable } from "../../src/kernel/netlink/nftables/messages.ts";
import { addElements, addSet, flushSet, removeElements, removeSet, type SetShape } from "../../src/kernel/netlink/nftables/sets.ts";
import { be16Value } from "../../src/kernel/netlink/values.ts";
import { BRIDGES, chain, NETS, PAIRS, PORTS, RULES, SIX, TCP, TEU, v4 } from "./nft-rules.ts";

const DETOURS: SetShape = { table: TEU, set: "detours", key: ["inet_service"], data: "verdict" };
const PORT = { key: [TCP, be16Value(8080)], data: [v4("10.2.0.2"), be16Value(80)] };

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
  map verdicts { type inet_proto . inet_service : verdict; }
  chain prerouting { type nat hook prerouting priority -100; }
  chain input { type filter hook input priority 300; }
  chain postrouting { type nat hook postrouting priority 100; }
  chain detour { accept; }
}
table ip6 teu {
  chain pre { type nat hook prerouting priority -100; }
}`;

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
      addElements(PORTS, [{ ...PORT, key: [TCP, be16Value(8081)], comment: "web" }]),
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
  ...RULES.map(({ hook, text, rule }) => ({
    name: text,
    before: BEFORE,
    text: `add rule ip teu ${hook} ${text} comment "why"`,
    ours: [addRule(chain(hook), rule, { comment: "why" })],
  })),
  {
    name: "at the beginning",
    before: BEFORE,
    text: "insert rule ip teu input accept",
    ours: [addRule(chain("input"), [verdict("accept")], { first: true })],
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
