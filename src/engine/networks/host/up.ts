// A network is made in the kernel when it is first needed: after `network create`, or by the first container after the machine was started. Done
// once; done again it changes nothing.

import { join } from "node:path";
import { TeuError } from "../../../base/errors.ts";
import { withFileLock } from "../../../base/file-lock.ts";
import { NETLINK_ROUTE } from "../../../kernel/netlink/message.ts";
import type { NetworkStep } from "../../../kernel/state/networks/work.ts";
import type { Family } from "../../../network/address/address.ts";
import type { Driver, HostFacts, UpNetwork } from "../../../network/drivers/driver.ts";
import { NETWORK_DRIVERS } from "../../../network/drivers/drivers.ts";
import { gateOf } from "../../../network/drivers/names.ts";
import { dockerUserRules, removeDockerUserRules } from "../../../network/firewall/docker-user.ts";
import { networkElements, outsideElements, removeNetworkElements } from "../../../network/firewall/elements.ts";
import { gateSteps } from "../../../network/firewall/gate.ts";
import { FAMILY } from "../../../network/firewall/shapes.ts";
import { engineTag } from "../../../network/model/engine-tag.ts";
import { isBridged, type Network } from "../../../network/model/network.ts";
import type { Engine } from "../../engine.ts";
import { FIREWALL, FORWARDING, familiesOf, inFirewall, type TurnedOn, wholeFirewall } from "./firewall.ts";
import { dropMarker, markersDirectory, readMarker, writeMarker } from "./marker.ts";
import { carryOut, indicesOf, isOn, networkPlace, type Place, presentPlace, readHostFacts, readLinks, readRules } from "./place.ts";

export interface UpOptions {
  /** Where; where the engine's networks are otherwise. */
  readonly place?: Place;
  /** Whatever is known of it: it has turned out to be wrong. */
  readonly anew?: boolean;
}

/** @throws TeuError, KernelError that name the network and what of it cannot be had */
export async function bringUp(engine: Engine, network: Network, { place: given, anew = false }: UpOptions = {}): Promise<UpNetwork> {
  const place = given ?? (await networkPlace(engine));
  const known = () => readMarker<UpNetwork>(engine, network.id, place.id);
  if (anew) for (const name of [network.id, FIREWALL]) dropMarker(engine, name);
  return known() ?? withFileLock(join(markersDirectory(engine), "lock"), async () => known() ?? make(engine, network, place));
}

/** The driver of a network. @throws TeuError `internal` for CNI's, which are other programs' */
export function driverOf({ driver, name }: Network): Driver {
  if (driver === "cni") throw new TeuError("internal", `network ${name}: CNI plugins make it`);
  return NETWORK_DRIVERS[driver];
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
    ]);
    writeMarker(engine, FIREWALL, place.id, true);
  } else carryOut(engine, place, doing, driver.up(network, facts));
  const up = { index: driver.indexOf(network, facts), ipv6: facts.ipv6, bridgeFiltered: facts.bridgeFiltered };
  writeMarker(engine, network.id, place.id, up);
  return up;
}

interface Around {
  readonly place: Place;
  readonly facts: HostFacts;
}

/** Before the bridge: it is never there without them. */
function firewallSteps(engine: Engine, network: Network, { place, facts }: Around): NetworkStep[] {
  const { tag, links } = facts;
  const families = familiesOf(facts);
  const there = readMarker<true>(engine, FIREWALL, place.id) !== undefined && links.has(gateOf(tag).out.name);
  const docker = families.map((family) => inFirewall(dockerUserRules(tag, family, network, readRules(engine, place, family)), ["ENOENT"]));
  if (there) return [inFirewall(families.flatMap((family) => networkElements(tag, family, network))), ...docker];
  return [
    inFirewall(wholeFirewall(engine, place, facts)),
    ...gateSteps(tag, families, { there: links.has(gateOf(tag).out.name) }),
    ...docker,
  ];
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
    const facts = { tag, links: indicesOf(readLinks(engine, place)) };
    carryOut(engine, place, `take down network ${network.name}`, [
      { send: { protocol: NETLINK_ROUTE, messages: driverOf(network).down(network, facts), tolerate: ["ENODEV"] } },
      ...(isBridged(network) ? ([4, 6] as const).flatMap((family) => outOfFirewall(engine, network, { place, tag, family })) : []),
    ]);
  });
}

/** Each by itself: of what somebody has flushed, nothing is there. */
function outOfFirewall(
  engine: Engine,
  network: Network,
  { place, tag, family }: { readonly place: Place; readonly tag: string; readonly family: Family },
): NetworkStep[] {
  const rules = removeDockerUserRules(tag, network, readRules(engine, place, family));
  return [...removeNetworkElements(tag, family, network), ...rules].map((message) => inFirewall([message], ["ENOENT"]));
}
