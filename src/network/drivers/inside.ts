// A container's side of any network: the interface up, its addresses, the default routes.
import { addAddress } from "../../kernel/netlink/rtnetlink/addresses.ts";
import { setLinkUp } from "../../kernel/netlink/rtnetlink/links.ts";
import type { AddressRange } from "../../kernel/netlink/rtnetlink/numbers.ts";
import { addRoute } from "../../kernel/netlink/rtnetlink/routes.ts";
import type { Described } from "../../kernel/netlink/wiring/wiring.ts";
import { addressBytes, type Family, familyOf, fromNumber, isIn, splitPrefix } from "../address/address.ts";
import { spanOf } from "../ipam/span.ts";
import type { Endpoint } from "../model/endpoint.ts";
import type { Network, Subnet } from "../model/network.ts";
import { INSIDE_INDEX } from "./names.ts";

/** Nobody is asked whether an address is taken (duplicate address detection): a row says that it is not. */
export function insideMessages(network: Network, endpoint: Endpoint, { defaultRoute }: { readonly defaultRoute: boolean }): Described[] {
  const index = INSIDE_INDEX + endpoint.ordinal;
  const own = [endpoint.ipv4, endpoint.ipv6].flatMap((address) => (address === undefined ? [] : [address]));
  return [
    { message: setLinkUp(index, true), subject: `${endpoint.interface} up` },
    ...own.map((address) => addressMessage(index, { address, subnet: subnetOf(network, address), on: endpoint.interface })),
    ...(defaultRoute ? own.flatMap((address) => defaultRoutes(subnetOf(network, address), { index, on: endpoint.interface })) : []),
  ];
}

/** An address of a subnet on a link, here or in a container. */
export function addressMessage(
  index: number,
  { address, subnet, on }: { readonly address: string; readonly subnet: Subnet | undefined; readonly on: string },
): Described {
  const bytes = addressBytes(address) ?? new Uint8Array(4);
  const prefixLength = subnet === undefined ? bytes.length * 8 : splitPrefix(subnet.prefix).length;
  const hasBroadcast = subnet !== undefined && bytes.length === 4 && prefixLength < 31;
  const broadcast = hasBroadcast ? { broadcast: fromNumber(spanOf(subnet.prefix).last, 4) } : {};
  const nodad = bytes.length === 16 ? { nodad: true } : {};
  return {
    message: addAddress(index, { address: bytes, prefixLength, ...broadcast, ...nodad }),
    subject: `address ${address}/${prefixLength} of ${on}`,
  };
}

/** The subnet that an address is of. */
function subnetOf(network: Network, address: string): Subnet | undefined {
  return network.subnets.find(({ prefix }) => isIn(address, prefix));
}

/** Where default routes lead. */
export const EVERYWHERE: Readonly<Record<Family, AddressRange>> = {
  4: { address: new Uint8Array(4), prefixLength: 0 },
  6: { address: new Uint8Array(16), prefixLength: 0 },
};

function defaultRoutes(subnet: Subnet | undefined, { index, on }: { readonly index: number; readonly on: string }): Described[] {
  const text = subnet?.gateway;
  const gateway = text === undefined ? undefined : addressBytes(text);
  if (text === undefined || gateway === undefined) return [];
  const message = addRoute({ destination: EVERYWHERE[familyOf(text)], gateway, index });
  return [{ message, subject: `default route of ${on} by ${text}` }];
}
