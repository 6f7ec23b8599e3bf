// IPv6 behind slirp4netns: it announces its network as a router does, to which a namespace that forwards does not listen. So the address and the
// route are set: its network is fd00::/64, with the gateway at ::2.
import { NETLINK_ROUTE } from "../../kernel/netlink/message.ts";
import { addAddress } from "../../kernel/netlink/rtnetlink/addresses.ts";
import { addRoute } from "../../kernel/netlink/rtnetlink/routes.ts";
import type { NetworkStep } from "../../kernel/state/networks/work.ts";
import { addressBytes } from "../address/address.ts";
import { EVERYWHERE } from "../drivers/inside.ts";

const ADDRESS = "fd00::64";
const GATEWAY = "fd00::2";

/** @param index of its interface */
export function slirpIpv6Steps(index: number): NetworkStep[] {
  const bytes = (text: string) => addressBytes(text) ?? new Uint8Array();
  const messages = [
    { message: addAddress(index, { address: bytes(ADDRESS), prefixLength: 64, nodad: true }), subject: `${ADDRESS} of the uplink` },
    { message: addRoute({ destination: EVERYWHERE[6], gateway: bytes(GATEWAY), index }), subject: "the default route of IPv6" },
  ];
  return [{ send: { protocol: NETLINK_ROUTE, messages, tolerate: ["EEXIST"] } }];
}
