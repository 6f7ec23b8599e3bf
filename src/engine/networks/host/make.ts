// A network is made in the kernel: its bridge, or what another driver makes in its place, the firewall's part of it, and forwarding. Done again it
// changes nothing. Off the way of a run.

import { join } from "node:path";
import { ERRNO } from "../../../base/errno.ts";
import { KernelError } from "../../../base/errors.ts";
import { withFileLock } from "../../../base/file-lock.ts";
import { NETLINK_ROUTE } from "../../../kernel/netlink/message.ts";
import { setLink } from "../../../kernel/netlink/rtnetlink/links.ts";
import type { Described } from "../../../kernel/netlink/wiring/wiring.ts";
import type { NetworkStep } from "../../../kernel/state/networks/work.ts";
import type { HostFacts, UpNetwork } from "../../../network/drivers/driver.ts";
import { gateName, gateOf } from "../../../network/drivers/names.ts";
import { dockerUserRules, removeDockerUserRules } from "../../../network/firewall/docker-user.ts";
import { networkElements, outsideElements, removeNetworkElements } from "../../../network/firewall/elements.ts";
import { gateSteps } from "../../../network/firewall/gate.ts";
import { FAMILY } from "../../../network/firewall/shapes.ts";
import { engineTag } from "../../../network/model/engine-tag.ts";
import { isBridged, type Network } from "../../../network/model/network.ts";
import { endpointsIn } from "../../../network/state/endpoints.ts";
import type { Engine } from "../../engine.ts";
import { dropMarker, FIREWALL, markersDirectory, readMarker, writeMarker } from "../marker.ts";
import { driverOf } from "./driver-of.ts";
import { FORWARDING, familiesOf, inFirewall, outOfFirewall, type TurnedOn, wholeFirewall } from "./firewall.ts";
import { type Place, presentPlace } from "./namespace.ts";
import { carryOut, type DockerFilters, isOn, readHost, readHostFacts } from "./place.ts";

/**
 * @param known what somebody else has made meanwhile
 * @throws as bringUp
 */
export function makeOnce(engine: Engine, network: Network, place: Place, known: () => UpNetwork | undefined): Promise<UpNetwork> {
  return withFileLock(join(markersDirectory(engine), "lock"), async () => known() ?? makeWhole(engine, network, place));
}

function makeWhole(engine: Engine, network: Network, place: Place): UpNetwork {
  try {
    return make(engine, network, place);
  } catch (error) {
    // Somebody has flushed the tables that are noted to be there.
    if (!(error instanceof KernelError) || error.errno !== ERRNO.ENOENT || readMarker(engine, FIREWALL, place.id) === undefined)
      throw error;
    dropMarker(engine, FIREWALL);
    return make(engine, network, place);
  }
}

function make(engine: Engine, network: Network, place: Place): UpNetwork {
  const driver = driverOf(network);
  driver.validate(network);
  const facts = readHostFacts(engine, place, network);
  const doing = `bring up network ${network.name}`;
  if (isBridged(network)) {
    const turnedOn = toTurnOn(engine, network, { place, facts });
    carryOut(engine, place, doing, [
      ...firewallSteps(engine, network, { place, facts }),
      ...driver.up(network, facts),
      ...(turnedOn === undefined ? [] : forwardingSteps({ place, facts }, turnedOn)),
      ...cableSteps(engine, network, { index: driver.indexOf(network, facts), links: facts.links }),
    ]);
    if (readMarker(engine, FIREWALL, place.id) === undefined) writeMarker(engine, FIREWALL, place.id, true);
  } else carryOut(engine, place, doing, driver.up(network, facts));
  const up = { index: driver.indexOf(network, facts), ipv6: facts.ipv6, bridgeFiltered: facts.bridgeFiltered };
  writeMarker(engine, network.id, place.id, up);
  return up;
}

/** Of containers that run, where somebody has removed the bridge: their cables are put back into it. */
function cableSteps(
  engine: Engine,
  network: Network,
  { index, links }: Pick<UpNetwork, "index"> & Pick<HostFacts, "links">,
): NetworkStep[] {
  const messages = endpointsIn(engine.state.rows, network.id).flatMap(({ hostInterface, name }): Described[] => {
    const cable = hostInterface === undefined ? undefined : links.get(hostInterface);
    if (cable === undefined) return [];
    const subject = `cable of container ${name}`;
    return [
      { message: setLink(cable, { master: index }), subject },
      { message: setLink(cable, { hairpin: true, ...(network.isolated ? { isolated: true } : {}), up: true }), subject },
    ];
  });
  // One that has just ended takes its cable along.
  return [{ send: { protocol: NETLINK_ROUTE, messages, tolerate: ["ENODEV"] } }];
}

interface Around {
  readonly place: Place;
  readonly facts: HostFacts;
}

/** Before the bridge: it is never there without them. */
function firewallSteps(
  engine: Engine,
  network: Network,
  { place, facts }: Around & { readonly facts: { readonly docker: DockerFilters } },
): NetworkStep[] {
  const { tag, links } = facts;
  const families = familiesOf(facts);
  const there = readMarker<true>(engine, FIREWALL, place.id) !== undefined && links.has(gateName(tag, 0));
  // docker may be about to go.
  const docker = families.map((family) => inFirewall(dockerUserRules(tag, family, network, facts.docker[family]), ["ENOENT"]));
  if (there) return [inFirewall(families.flatMap((family) => networkElements(tag, family, network))), ...docker];
  return [inFirewall(wholeFirewall(engine, place, facts)), ...gateSteps(tag, families, { there: links.has(gateName(tag, 0)) }), ...docker];
}

/** What is to be turned on; undefined where forwarding is on, or is not needed. What teu has turned on before counts, too: somebody has turned it off. */
function toTurnOn(engine: Engine, network: Network, { place, facts }: Around): TurnedOn | undefined {
  const off = network.internal ? [] : familiesOf(facts).filter((family) => !isOn(place, FAMILY[family].forwarding));
  if (off.length === 0) return undefined;
  const before = readMarker<TurnedOn>(engine, FORWARDING, place.id);
  const gate = gateOf(facts.tag);
  const ours = new Set(["lo", gate.in.name, gate.out.name, network.interface]);
  const outside = before?.outside ?? [...facts.links.keys()].filter((name) => !ours.has(name));
  const families = ([4, 6] as const).filter((family) => off.includes(family) || before?.families.includes(family));
  writeMarker(engine, FORWARDING, place.id, { families, outside });
  return { families: off, outside };
}

/** Turns it on for containers, and for nobody else. A host that has its IPv6 routes from a router keeps them. */
function forwardingSteps({ place, facts }: Around, { families, outside }: TurnedOn): NetworkStep[] {
  const told = outside.filter((name) => isOn(place, `net/ipv6/conf/${name}/accept_ra`));
  return [
    inFirewall(families.flatMap((family) => outsideElements(facts.tag, family, outside))),
    ...(families.includes(6) ? told.map((name) => ({ sysctl: { path: `net/ipv6/conf/${name}/accept_ra`, value: "2" } })) : []),
    ...families.map((family) => ({ sysctl: { path: FAMILY[family].forwarding, value: "1" } })),
  ];
}

/** Takes a network out of the kernel; what is gone already does not matter. */
export async function tearDown(engine: Engine, network: Network): Promise<void> {
  const place = await presentPlace(engine);
  if (place === undefined) return dropMarker(engine, network.id);
  await withFileLock(join(markersDirectory(engine), "lock"), async () => {
    dropMarker(engine, network.id);
    const tag = engineTag(engine.root);
    const { docker, ...facts } = { tag, ...readHost(engine, place) };
    const families = isBridged(network) ? ([4, 6] as const) : [];
    carryOut(engine, place, `take down network ${network.name}`, [
      { send: { protocol: NETLINK_ROUTE, messages: driverOf(network).down(network, facts), tolerate: ["ENODEV"] } },
      // What is not there: somebody has flushed it.
      outOfFirewall(families.flatMap((family) => removeNetworkElements(tag, family, network))),
      outOfFirewall(families.flatMap((family) => removeDockerUserRules(tag, network, docker[family]))),
    ]);
  });
}
