// What commands that were killed have left of networks in the kernel: links of ours that no row stands behind, and published ports of containers that have
// ended. Rows are written before anything is made, and go before it is taken away: so what has none is nobody's.
import { TeuError } from "../../../base/errors.ts";
import { NETLINK_NETFILTER, NETLINK_ROUTE } from "../../../kernel/netlink/message.ts";
import { elementsOf, elementsRequest } from "../../../kernel/netlink/nftables/dumps.ts";
import { removeLink } from "../../../kernel/netlink/rtnetlink/links.ts";
import type { Described } from "../../../kernel/netlink/wiring/wiring.ts";
import { type NetworkStep, workOnNetwork } from "../../../kernel/state/networks/work.ts";
import { HOST_END, ownerOf } from "../../../network/drivers/names.ts";
import { elementText, portTexts } from "../../../network/firewall/elements.ts";
import { setShape } from "../../../network/firewall/shapes.ts";
import { engineTag } from "../../../network/model/engine-tag.ts";
import { hostInterfaces } from "../../../network/state/endpoints.ts";
import type { Engine } from "../../engine.ts";
import { FIREWALL, readMarker } from "../marker.ts";
import { allTargets, familiesOf, inFirewall, wholeFirewall } from "./firewall.ts";
import { type Place, presentPlace } from "./namespace.ts";
import { carryOut, hasIpv6, readLinks } from "./place.ts";

/** Asks the kernel only where networks have been made since the machine was started. @throws KernelError */
export async function sweepKernel(engine: Engine): Promise<void> {
  const place = await presentPlace(engine);
  if (place === undefined || readMarker(engine, FIREWALL, place.id) === undefined) return;
  const links = strayLinks(engine, place);
  const facts = { ipv6: hasIpv6(place) };
  const stale = links.length > 0 || hasOtherPorts(engine, place, facts);
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
  const cables = hostInterfaces(engine.state.rows);
  return links.flatMap(({ name, alias }) => {
    const owner = ownerOf(tag, alias);
    return owner === undefined || (known.has(owner) && (!HOST_END.test(name) || cables.has(name)))
      ? []
      : [{ message: removeLink(name), subject: `link ${name}` }];
  });
}

/** Whether the tables have other ports than the rows. */
function hasOtherPorts(engine: Engine, { within }: Place, facts: { readonly ipv6: boolean }): boolean {
  const tag = engineTag(engine.root);
  const sets = familiesOf(facts).flatMap((family) => PORT_SETS.map((set) => ({ set, shape: setShape(tag, family, set) })));
  let dumps: readonly Uint8Array[];
  try {
    dumps = workOnNetwork(engine.runtime, {
      ...(within === undefined ? {} : { within }),
      steps: sets.map(({ shape }) => ({ dump: { protocol: NETLINK_NETFILTER, request: elementsRequest(shape) } })),
    });
  } catch (error) {
    // Flushed by somebody: there is nothing to clean up.
    if (error instanceof TeuError && error.code === "kernel") return false;
    throw error;
  }
  const there = dumps.flatMap((dump, index) => {
    const { set, shape } = sets[index] ?? {};
    return set === undefined || shape === undefined ? [] : elementsOf(dump, shape).map((element) => elementText(set, element));
  });
  const wanted = familiesOf(facts).flatMap((family) => portTexts(family, allTargets(engine)));
  return there.toSorted().join() !== wanted.toSorted().join();
}

const PORT_SETS = ["ports", "ports_all", "gated", "gated_all"] as const;
