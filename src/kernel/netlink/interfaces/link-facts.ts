// Interfaces of the host as plain data, from the kernel's own tables: rtnetlink(7) dumps of links and addresses. Unlike getifaddrs(3) as
// most languages wrap it, they show interfaces that are down, too, and which addresses are permanent.
import { type Op, op, type Register } from "../../plan/plan.ts";
import { present } from "../decode.ts";
import { encodeMessages, NETLINK_ROUTE } from "../message.ts";
import { addressesOf, type InterfaceAddress, RT_SCOPE } from "../rtnetlink/addresses.ts";
import { type DumpKind, dumpRequest } from "../rtnetlink/dump.ts";
import { linksOf } from "../rtnetlink/link-dump.ts";

/** An interface of the caller's network namespace, as the probe found it. */
export interface LinkFacts {
  readonly name: string;
  readonly index: number;
  /** Its permanent addresses of global scope. */
  readonly addresses: readonly InterfaceAddress[];
}

/** Appends the tables of links and addresses to the file in register `to`: what linkFactsOf reads. */
export function dumpLinksOps(to: Register): Op[] {
  const dump = (kind: DumpKind, subject: string) => {
    const request = encodeMessages([dumpRequest(kind)]);
    return op("netlinkDump", { protocol: NETLINK_ROUTE, request, to }, { from: "linux.netDevices", subject });
  };
  return [dump("links", "the host's interfaces"), dump("addresses", "their addresses")];
}

/** The interfaces in the messages of both dumps, with the addresses that a container is given back. */
export function linkFactsOf(dump: Uint8Array): LinkFacts[] {
  const addresses = addressesOf(dump).filter(({ permanent, scope }) => permanent && scope === RT_SCOPE.UNIVERSE);
  return linksOf(dump).map(({ name, index }) => ({
    name,
    index,
    addresses: addresses
      .filter((address) => address.index === index)
      .map(({ address, prefixLength, broadcast }) => ({ address, prefixLength, ...present({ broadcast }) })),
  }));
}
