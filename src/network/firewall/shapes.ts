// The sets and maps of our tables, one table for each family of addresses (`dup` is not there in tables of both). They are what changes; the rules
// that look things up in them stand (base.ts).
import type { DataType } from "../../kernel/netlink/nftables/data-types.ts";
import type { Table } from "../../kernel/netlink/nftables/messages.ts";
import type { SetShape } from "../../kernel/netlink/nftables/sets.ts";
import type { Family } from "../address/address.ts";

/** What tells the tables and settings of IPv4 and IPv6 apart. */
export const FAMILY = {
  4: { table: "ip", address: "ipv4_addr", size: 4, destination: 16, forwarding: "net/ipv4/ip_forward" },
  6: { table: "ip6", address: "ipv6_addr", size: 16, destination: 24, forwarding: "net/ipv6/conf/all/forwarding" },
} as const satisfies Readonly<Record<Family, FamilyFacts>>;

interface FamilyFacts {
  readonly table: "ip" | "ip6";
  readonly address: DataType;
  readonly size: number;
  /** Of the destination in the header. */
  readonly destination: number;
  /** The setting that makes the host a router. */
  readonly forwarding: string;
}

/** Which sets there are, and what for. A table is of one engine, whose tag is its name. */
const SETS = {
  bridges: { what: "bridges of ours", key: ["ifname"] },
  same: { what: "from a bridge to itself", key: ["ifname", "ifname"] },
  isolated: { what: "bridges whose containers do not reach one another", key: ["ifname"] },
  internal: { what: "bridges that nothing leaves or enters", key: ["ifname"] },
  masqueraded: { what: "bridges whose packets leave with the host's address", key: ["ifname"] },
  outside: { what: "links between which this host was no router before there were networks", key: ["ifname"] },
  subnets: { what: "addresses of containers", key: ["address"], interval: true },
  ports: { what: "published ports of one address", key: ["address", "inet_proto", "inet_service"], leads: true },
  ports_all: { what: "published ports of all addresses", key: ["inet_proto", "inet_service"], leads: true },
  gated: { what: "those that the host's firewall decides about", key: ["address", "inet_proto", "inet_service"] },
  gated_all: { what: "those of all addresses", key: ["inet_proto", "inet_service"] },
} as const satisfies Readonly<Record<string, SetFacts>>;

interface SetFacts {
  readonly what: string;
  readonly key: readonly (DataType | "address")[];
  readonly interval?: true;
  /** A map to an address and a port of a container. */
  readonly leads?: true;
}

export type SetName = keyof typeof SETS;
export const SET_NAMES = Object.keys(SETS) as SetName[];

/** Our table of a family. */
export function tableOf(tag: string, family: Family): Table {
  return { family: FAMILY[family].table, name: tag };
}

/** A set of our table, as messages about it need it. */
export function setShape(tag: string, family: Family, set: SetName): SetShape {
  const { key, interval, leads }: SetFacts = SETS[set];
  const { address } = FAMILY[family];
  const types = key.map((type): DataType => (type === "address" ? address : type));
  return {
    table: tableOf(tag, family),
    set,
    key: types,
    ...(leads ? { data: [address, "inet_service"] as const } : {}),
    ...(interval ? { interval } : {}),
  };
}

/** What a set is for, which `nft list ruleset` shows with it. */
export const setComment = (set: SetName): string => SETS[set].what;
