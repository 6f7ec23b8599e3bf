// What commands that were killed have left of networks in the kernel: links of ours that no row stands behind, and published ports of containers that have
// ended. Rows are written before anything is made, and go before it is taken away: so what has none is nobody's.
import { TeuError } from "../../../base/errors.ts";
import { NETLINK_NETFILTER, NETLINK_ROUTE } from "../../../kernel/netlink/message.ts";
import { elementsOf, elementsRequest } from "../../../kernel/netlink/nftables/dumps.ts";
import { removeLink } from "../../../kernel/netlink/rtnetlink/links.ts";
import type { Described } from "../../../kernel/netlink/wiring/wiring.ts";
import { type NetworkStep, workOnNetwork } from "../../../kernel/state/networks/work.ts";
import { familyOf } from "../../../network/address/address.ts";
import { ownerOf } from "../../../network/drivers/names.ts";
import { setShape } from "../../../network/firewall/shapes.ts";
import { engineTag } from "../../../network/model/engine-tag.ts";
import { allPorts } from "../../../network/state/ports.ts";
import type { Engine } from "../../engine.ts";
import { familiesOf, inFirewall, wholeFirewall } from "./firewall.ts";
import { FIREWALL, readMarker } from "./marker.ts";
import { type Place, presentPlace } from "./namespace.ts";
import { carryOut, hasIpv6, readLinks } from "./place.ts";

/** Asks the kernel only where networks have been made since the machine was started. @throws KernelError */
export async function sweepKernel(engine: Engine): Promise<void> {
  const place = await presentPlace(engine);
  if (place === undefined || readMarker(engine, FIREWALL, place.id) === undefined) return;
  const links = strayLinks(engine, place);
  const facts = { ipv6: hasIpv6(place) };
  const stale = links.length > 0 || hasStrayPorts(engine, place, facts);
  const steps: NetworkStep[] = [
    { send: { protocol: NETLINK_ROUTE, messages: links, tolerate: ["ENODEV"] } },
    ...(stale ? [inFirewall(wholeFirewall(engine, place, facts))] : []),
  ];
  if (stale) carryOut(engine, place, "clean up networks", steps);
}

function strayLinks(engine: Engine, place: Place): Described[] {
  const tag = engineTag(engine.root);
  const links = readLinks(engine, place);
  // Rows are read after the links: who has made one of them has written its row before.
  const owners = engine.state.rows
    .query<{ owner: string }, []>("SELECT id AS owner FROM networks UNION SELECT container FROM endpoints")
    .all();
  const known = new Set(["gate", ...owners.map(({ owner }) => owner)]);
  return links.flatMap(({ name, alias }) => {
    const owner = ownerOf(tag, alias);
    return owner === undefined || known.has(owner) ? [] : [{ message: removeLink(name), subject: `link ${name}` }];
  });
}

/** Whether the tables have more ports than there are rows. */
function hasStrayPorts(engine: Engine, { within }: Place, facts: { readonly ipv6: boolean }): boolean {
  const tag = engineTag(engine.root);
  const sets = familiesOf(facts).flatMap((family) => (["ports", "ports_all"] as const).map((set) => setShape(tag, family, set)));
  let dumps: readonly Uint8Array[];
  try {
    dumps = workOnNetwork(engine.runtime, {
      ...(within === undefined ? {} : { within }),
      steps: sets.map((set) => ({ dump: { protocol: NETLINK_NETFILTER, request: elementsRequest(set) } })),
    });
  } catch (error) {
    // Flushed by somebody: there is nothing to clean up.
    if (error instanceof TeuError && error.code === "kernel") return false;
    throw error;
  }
  const families = familiesOf(facts);
  const there = dumps.reduce((sum, dump, index) => sum + elementsOf(dump, sets[index] ?? { key: [] }).length, 0);
  return there > allPorts(engine.state.rows).filter(({ address }) => families.includes(familyOf(address))).length;
}
