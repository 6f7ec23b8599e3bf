// The gate: a pair of links of the host's own, by which the first packet of a connection to a published port comes in again once the host's firewall has
// let it in (base.ts), and by which answers to ::1 come back.
import { NETLINK_ROUTE } from "../../kernel/netlink/message.ts";
import { addVeth, setLinkUp } from "../../kernel/netlink/rtnetlink/links.ts";
import { addNeighbour } from "../../kernel/netlink/rtnetlink/neighbours.ts";
import { addRoute } from "../../kernel/netlink/rtnetlink/routes.ts";
import type { Described } from "../../kernel/netlink/wiring/wiring.ts";
import type { NetworkStep } from "../../kernel/state/networks/work.ts";
import { addressBytes, type Family, type IpAddress } from "../address/address.ts";
import { localhostRoute } from "../drivers/bridge.ts";
import { addressMessage } from "../drivers/inside.ts";
import { gateOf, linkAlias } from "../drivers/names.ts";

/** Makes it, or what is missing of it. */
export function gateSteps(tag: string, families: readonly Family[], { there }: { readonly there: boolean }): NetworkStep[] {
  const gate = gateOf(tag);
  const pair = addVeth({ ...gate.out, alias: linkAlias(tag, "gate"), peer: gate.in });
  const make: readonly Described[] = there ? [] : pair.map((message) => ({ message, subject: `gate ${gate.out.name}` }));
  const open: readonly Described[] = [
    { message: setLinkUp(gate.in.index, true), subject: `${gate.in.name} up` },
    { message: setLinkUp(gate.out.index, true), subject: `${gate.out.name} up` },
    ...families.flatMap((family) => (family === 4 ? ways(tag, gate.in.ipv4, gate.next.ipv4) : ways(tag, gate.in.ipv6, gate.next.ipv6))),
    ...(families.includes(6) ? [localhostRoute(gate.in.index, { tag, on: gate.in.name })] : []),
  ];
  const sysctl = (path: string, value: string): NetworkStep => ({ sysctl: { path, value, tolerate: ["ENOENT"] } });
  return [
    { send: { protocol: NETLINK_ROUTE, messages: make } },
    // Its packets come from everywhere.
    sysctl(`net/ipv4/conf/${gate.in.name}/rp_filter`, "2"),
    // No addresses of IPv6 but ours: nothing is said there that nobody hears.
    ...[gate.in, gate.out].map(({ name }) => sysctl(`net/ipv6/conf/${name}/addr_gen_mode`, "1")),
    { send: { protocol: NETLINK_ROUTE, messages: open, tolerate: ["EEXIST"] } },
  ];
}

/** An address where copies come in, for without one the kernel takes no packets there; and the way that they are sent. */
function ways(tag: string, own: IpAddress, next: IpAddress): Described[] {
  const gate = gateOf(tag);
  const bytes = addressBytes(next) ?? new Uint8Array(4);
  const destination = { address: bytes, prefixLength: bytes.length * 8 };
  return [
    addressMessage(gate.in.index, { address: own, subnet: undefined, on: gate.in.name }),
    { message: addNeighbour(gate.out.index, { address: bytes, mac: gate.in.mac }), subject: `neighbour ${next} of ${gate.out.name}` },
    { message: addRoute({ destination, index: gate.out.index, metric: gate.metric }), subject: `route to ${next}` },
  ];
}
