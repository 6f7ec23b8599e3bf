// Use case `network reload`: what the kernel should have of networks, made again from the rows: the tables after `nft flush ruleset`, bridges that somebody
// has removed, with the containers' cables put back into them.
import { NETLINK_ROUTE } from "../../../kernel/netlink/message.ts";
import { removeLink } from "../../../kernel/netlink/rtnetlink/links.ts";
import { tunnelName } from "../../../network/drivers/vxlan.ts";
import type { Network } from "../../../network/model/network.ts";
import { endpointsIn } from "../../../network/state/endpoints.ts";
import { allNetworks } from "../../../network/state/rows.ts";
import type { Engine } from "../../engine.ts";
import { dropMarker, FIREWALL, readMarker } from "../marker.ts";
import { type Place, presentPlace } from "./namespace.ts";
import { carryOut } from "./place.ts";
import { bringUp } from "./up.ts";

/**
 * Every network that was up, or that a running container is in.
 * @param of only those that these containers are in, by their full ids; the tables always
 * @throws TeuError, KernelError as bringUp
 */
export async function reloadNetworks(engine: Engine, { of }: { readonly of?: readonly string[] } = {}): Promise<void> {
  const place = await presentPlace(engine);
  if (place === undefined) return;
  const { rows } = engine.state;
  const isWanted = (id: string) => {
    const members = endpointsIn(rows, id);
    if (of !== undefined) return members.some(({ container }) => of.includes(container));
    return members.length > 0 || readMarker(engine, id, place.id) !== undefined;
  };
  const wanted = allNetworks(rows).filter(({ id, driver }) => driver !== "cni" && isWanted(id));
  for (const name of [FIREWALL, ...wanted.map(({ id }) => id)]) dropMarker(engine, name);
  for (const network of wanted) {
    // Its peers are read anew, and those that are gone are forgotten with it.
    if (network.driver === "vxlan") removeTunnel(engine, place, network);
    await bringUp(engine, network, place);
  }
}

function removeTunnel(engine: Engine, place: Place, network: Network): void {
  const messages = [{ message: removeLink(tunnelName(network)), subject: `vxlan of network ${network.name}` }];
  carryOut(engine, place, `reload network ${network.name}`, [{ send: { protocol: NETLINK_ROUTE, messages, tolerate: ["ENODEV"] } }]);
}
