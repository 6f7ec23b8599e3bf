// What this host has of the addresses, from the kernel's own tables: all interfaces, all tables of routes.
import { NETLINK_ROUTE } from "../../../kernel/netlink/message.ts";
import { addressesOf } from "../../../kernel/netlink/rtnetlink/addresses.ts";
import { dumpRequest } from "../../../kernel/netlink/rtnetlink/dump.ts";
import { type Link, linksOf } from "../../../kernel/netlink/rtnetlink/link-dump.ts";
import { routesOf } from "../../../kernel/netlink/rtnetlink/routes.ts";
import { workOnNetwork } from "../../../kernel/state/networks/work.ts";
import { type HostPrefix, hostPrefixes } from "../../../network/ipam/host-prefixes.ts";
import type { Engine } from "../../engine.ts";

export interface HostAddresses {
  readonly prefixes: readonly HostPrefix[];
  readonly links: readonly Link[];
}

/** Of the caller's network namespace: for an ordinary user, too, containers reach the world through it. */
export function readHostAddresses({ runtime }: Pick<Engine, "runtime">): HostAddresses {
  const dump = (kind: "links" | "addresses" | "routes") => ({ dump: { protocol: NETLINK_ROUTE, request: dumpRequest(kind) } });
  const [links = NOTHING, addresses = NOTHING, routes = NOTHING] = workOnNetwork(runtime, {
    doing: "read the host's routes",
    steps: [dump("links"), dump("addresses"), dump("routes")],
  });
  const found = linksOf(links);
  return { links: found, prefixes: hostPrefixes({ links: found, addresses: addressesOf(addresses), routes: routesOf(routes) }) };
}

const NOTHING = new Uint8Array();
