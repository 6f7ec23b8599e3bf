// What stands of our tables: chains, and rules that look up in sets what networks and ports there are. docs/networks.md tells the way of a packet.
//
// The host's firewall decides first: a packet from outside for a published port goes to the INPUT hook as if it were for a program of the host, where
// the operator's rules may drop it. What is left the last chain there copies to the gate (drivers/names.ts), by which it comes in once more as a new
// connection, and now prerouting leads it to the container, and with it all that follows.
import { duplicate, immediate, lookup, masquerade, meta, nat, payload, verdict } from "../../kernel/netlink/nftables/expressions.ts";
import {
  addressIn,
  addressInSet,
  destinationIs,
  interfaceIn,
  interfaceIs,
  sourceIs,
  sourceIsElsewhere,
  stateIs,
  statusIs,
} from "../../kernel/netlink/nftables/matches.ts";
import { addChain, addRule, addTable, type Base, type Expression, removeTable } from "../../kernel/netlink/nftables/messages.ts";
import { addSet } from "../../kernel/netlink/nftables/sets.ts";
import { u32Value } from "../../kernel/netlink/values.ts";
import type { Described } from "../../kernel/netlink/wiring/wiring.ts";
import { addressBytes, type Family } from "../address/address.ts";
import { type Gate, gateOf } from "../drivers/names.ts";
import { FAMILY, SET_NAMES, setComment, setShape, tableOf } from "./shapes.ts";

/** Priorities of <linux/netfilter_ipv4.h>; ours in INPUT is behind all that operators use. */
const PRIORITY = { raw: -300, dstnat: -100, filter: 0, srcnat: 100, last: 300 } as const;

/** Registers: the first, and 32-bit ones behind an address in it. */
const R1 = 1;
const BEHIND = { 4: [9, 10], 6: [12, 13] } as const;
const R2 = 2;

interface ChainFacts {
  readonly base?: Base;
  readonly rules: readonly (readonly Expression[])[];
}

/** Makes our tables anew, with nothing in their sets: to be followed by their elements in the same batch. */
export function firewallBase(tag: string, families: readonly Family[]): Described[] {
  return families.flatMap((family) => {
    const table = tableOf(tag, family);
    const chains = Object.entries(chainsOf(family, gateOf(tag)));
    const messages = [
      // Removing a table that is not there would fail.
      addTable(table),
      removeTable(table),
      addTable({ ...table, comment: "containers of teu: networks and published ports" }),
      ...SET_NAMES.map((set) => addSet(setShape(tag, family, set), { comment: setComment(set) })),
      ...chains.map(([chain, { base }]) => addChain({ ...table, chain }, base)),
      ...chains.flatMap(([chain, { rules }]) => rules.map((rule) => addRule({ ...table, chain }, rule))),
    ];
    return messages.map((message) => ({ message, subject: `table ${table.family} ${table.name}` }));
  });
}

function chainsOf(family: Family, gate: Gate): Readonly<Record<string, ChainFacts>> {
  const { table } = FAMILY[family];
  const hook = (type: Base["type"], name: Base["hook"], priority: number): Base => ({ type, hook: name, priority, policy: "accept" });
  const to = (goto: string) => verdict({ goto });
  const ofAddress = [...loadAddress(family), ...loadPort(BEHIND[family])];
  const ofAll = loadPort([R1, BEHIND[4][0]]);
  return {
    // The bridges have route_localnet, so that 127.0.0.1 works as a published address, and of IPv6 bridged frames come here unchecked: nobody else may
    // use the host's loopback.
    raw: {
      base: hook("filter", "prerouting", PRIORITY.raw),
      rules: (["daddr", "saddr"] as const).map((which) => [
        ...interfaceIn("iifname", "bridges"),
        ...addressIn(which, family === 4 ? LOOPBACK : LOCALHOST),
        verdict("drop"),
      ]),
    },
    prerouting: {
      base: hook("nat", "prerouting", PRIORITY.dstnat),
      rules: [
        [...destinationIs("local", true), verdict("return")],
        [...interfaceIn("iifname", "bridges"), to("published")],
        [...interfaceIs("iifname", gate.in.name), to("published")],
        [...ofAddress, lookup({ set: "gated", register: R1 }), verdict("return")],
        [...ofAll, lookup({ set: "gated_all", register: R1 }), verdict("return")],
        [to("published")],
      ],
    },
    output: {
      base: hook("nat", "output", PRIORITY.dstnat),
      rules: [
        [...destinationIs("local"), to("published")],
        // Forwarders of published ports send as whoever has sent to them (launcher/forward.c): a container nobody outside is.
        [...interfaceIn("oifname", "bridges"), ...addressInSet("saddr", table, "subnets"), ...sourceIs("local", true), verdict("drop")],
      ],
    },
    published: {
      rules: [
        [...ofAddress, lookup({ set: "ports", register: R1, into: R1 }), destination(family)],
        [...ofAll, lookup({ set: "ports_all", register: R1, into: R1 }), destination(family)],
      ],
    },
    input: {
      base: hook("filter", "input", PRIORITY.last),
      rules: [
        [...interfaceIs("iifname", "lo"), verdict("return")],
        // By the gate come answers to ::1; what is new there and for the host itself has passed none of the host's rules about our bridges.
        [...interfaceIs("iifname", gate.in.name), ...stateIs("established", "related"), verdict("return")],
        [...interfaceIs("iifname", gate.in.name), verdict("drop")],
        [...destinationIs("local", true), verdict("return")],
        // Addresses of containers, where no container is; addresses of others, from a container.
        [...stateIs("new"), ...addressInSet("saddr", table, "subnets"), ...interfaceIn("iifname", "bridges", true), verdict("drop")],
        [...stateIs("new"), ...interfaceIn("iifname", "bridges"), ...sourceIsElsewhere(), verdict("drop")],
        [...ofAddress, lookup({ set: "gated", register: R1 }), to("gate")],
        [...ofAll, lookup({ set: "gated_all", register: R1 }), to("gate")],
      ],
    },
    gate: {
      rules: [
        // A stray packet of a container's connection: a reset by the host would end it.
        [...stateIs("invalid"), verdict("drop")],
        [...stateIs("new"), ...copyTo(family, gate), verdict("drop")],
      ],
    },
    forward: {
      base: hook("filter", "forward", PRIORITY.filter),
      rules: [
        [...bridgeToItself(), ...interfaceIn("iifname", "isolated", true), verdict("accept")],
        [...interfaceIn("oifname", "bridges"), to("into")],
        [...interfaceIn("iifname", "bridges"), to("from")],
        // Sent to the address behind the gate: it would go round there until its time to live is over.
        [...interfaceIs("iifname", gate.in.name), verdict("drop")],
        [...interfaceIn("iifname", "outside"), ...interfaceIn("oifname", "outside"), verdict("drop")],
      ],
    },
    into: {
      rules: [
        [...interfaceIn("oifname", "internal"), verdict("drop")],
        [...interfaceIn("iifname", "internal"), verdict("drop")],
        [...stateIs("established", "related"), verdict("accept")],
        [...addressInSet("saddr", table, "subnets"), ...interfaceIn("iifname", "bridges", true), verdict("drop")],
        [...interfaceIn("iifname", "bridges"), ...sourceIsElsewhere(), verdict("drop")],
        [...statusIs("dnat"), verdict("accept")],
        [verdict("drop")],
      ],
    },
    from: {
      rules: [
        [...interfaceIn("iifname", "internal"), verdict("drop")],
        // It would leave with the container's address.
        [...stateIs("invalid"), verdict("drop")],
      ],
    },
    postrouting: {
      base: hook("nat", "postrouting", PRIORITY.srcnat),
      rules: [
        [...interfaceIn("oifname", "bridges"), to("toward")],
        [...interfaceIn("iifname", "masqueraded"), masquerade()],
      ],
    },
    toward: {
      rules: [
        family === 4 ? [...addressIn("saddr", LOOPBACK), masquerade()] : [...addressIn("saddr", LOCALHOST), ...sourceOf(gate)],
        [...statusIs("dnat", true), verdict("return")],
        // Between two networks the answer passes the host anyway; within one it would go straight to who has asked another address.
        [...interfaceIn("iifname", "bridges"), ...bridgeToItself(true), verdict("return")],
        [...addressInSet("saddr", table, "subnets"), masquerade()],
      ],
    },
  };
}

const LOOPBACK = { address: Uint8Array.of(127, 0, 0, 0), prefixLength: 8 };
const LOCALHOST = { address: Uint8Array.of(...new Array<number>(15).fill(0), 1), prefixLength: 128 };

function loadAddress(family: Family): Expression[] {
  const { destination: offset, size } = FAMILY[family];
  return [payload({ base: "network", offset, length: size }, R1)];
}

/** Protocol and port of the destination: the same place in all protocols that have ports. */
function loadPort([protocol, port]: readonly [number, number]): Expression[] {
  return [meta("l4proto", protocol), payload({ base: "transport", offset: 2, length: 2 }, port)];
}

function destination(family: Family): Expression {
  return nat({ type: "dnat", family: FAMILY[family].table, address: R1, port: BEHIND[family][0] });
}

/** `iifname . oifname @same` */
function bridgeToItself(not = false): Expression[] {
  return [meta("iifname", R1), meta("oifname", R2), lookup({ set: "same", register: R1, not })];
}

function copyTo(family: Family, { next, out }: Gate): Expression[] {
  const address = addressBytes(family === 4 ? next.ipv4 : next.ipv6) ?? new Uint8Array(4);
  return [immediate(R1, address), immediate(R2, u32Value(out.index)), duplicate({ address: R1, device: R2 })];
}

function sourceOf({ in: { ipv6 } }: Gate): Expression[] {
  return [immediate(R1, addressBytes(ipv6) ?? new Uint8Array(16)), nat({ type: "snat", family: "ip6", address: R1 })];
}
