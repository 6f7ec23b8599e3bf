// Our tables of the host's firewall: made once a network namespace, whole, from what the rows say; then changed by elements.
import type { Database } from "bun:sqlite";
import { NETLINK_NETFILTER } from "../../../kernel/netlink/message.ts";
import type { Described } from "../../../kernel/netlink/wiring/wiring.ts";
import type { NetworkStep } from "../../../kernel/state/networks/work.ts";
import type { Family } from "../../../network/address/address.ts";
import { familyOf } from "../../../network/address/address.ts";
import { firewallBase } from "../../../network/firewall/base.ts";
import { networkElements, outsideElements, type PortTarget, portElements } from "../../../network/firewall/elements.ts";
import { engineTag } from "../../../network/model/engine-tag.ts";
import { isBridged } from "../../../network/model/network.ts";
import { allPorts } from "../../../network/state/ports.ts";
import { allNetworks } from "../../../network/state/rows.ts";
import { redirectTargets } from "../../dns/redirect.ts";
import { readStatus } from "../../dns/status.ts";
import type { Engine } from "../../engine.ts";
import { portTargets } from "../claims/targets.ts";
import { readMarker } from "../marker.ts";
import { ownPlace, type Place } from "./namespace.ts";
import { carryOut, hasIpv6 } from "./place.ts";

export const familiesOf = ({ ipv6 }: { readonly ipv6: boolean }): readonly Family[] => (ipv6 ? [4, 6] : [4]);

/** A marker's name: forwarding was turned on by teu. */
export const FORWARDING = "forwarding";
/** For which families, and the links that were there then: between those nothing is forwarded. */
export interface TurnedOn {
  readonly families: readonly Family[];
  readonly outside: readonly string[];
}

/** The tables, made anew with all that the rows say: one batch, so that no packet meets half of them. */
export function wholeFirewall(engine: Engine, place: Place, facts: { readonly ipv6: boolean }): readonly Described[] {
  const tag = engineTag(engine.root);
  const families = familiesOf(facts);
  const { networks, targets } = engine.state.read((db) => ({ networks: allNetworks(db), targets: allTargets(engine, db) }));
  const turnedOn = readMarker<TurnedOn>(engine, FORWARDING, place.id);
  const bridged = networks.filter(isBridged);
  return [
    ...firewallBase(tag, families),
    ...families.flatMap((family) => [
      ...bridged.flatMap((network) => networkElements(tag, family, network)),
      ...(turnedOn?.families.includes(family) ? outsideElements(tag, family, turnedOn.outside) : []),
    ]),
    ...portElements(
      tag,
      targets.filter(({ port }) => families.includes(familyOf(port.address))),
    ),
  ];
}

/** Of root's networks: somebody has flushed what a container that is being started has ports in, whose rows are written. @throws KernelError */
export function remakeFirewall(engine: Engine): void {
  const place = ownPlace();
  carryOut(engine, place, "make the firewall's tables", [inFirewall(wholeFirewall(engine, place, { ipv6: hasIpv6(place) }))]);
}

/** Where the published ports of all running containers lead, and the name server's. */
export function allTargets(engine: Engine, db: Database = engine.state.rows): PortTarget[] {
  const holders = new Set(allPorts(db).map(({ container }) => container));
  return [...[...holders].flatMap((id) => portTargets(db, id)), ...redirectTargets(readStatus(engine.runRoot).listened)];
}

export function inFirewall(messages: readonly Described[], tolerate: readonly ("ENOENT" | "EEXIST")[] = []): NetworkStep {
  return { send: { protocol: NETLINK_NETFILTER, messages, tolerate } };
}

/** Takes it away; what is gone already does not keep the rest. */
export function outOfFirewall(messages: readonly Described[]): NetworkStep {
  return { send: { protocol: NETLINK_NETFILTER, messages, tolerate: ["ENOENT"], each: true } };
}
