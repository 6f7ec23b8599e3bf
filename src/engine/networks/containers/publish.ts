// Published ports in the kernel: elements of our tables, which are put there as a container starts and taken away when it ends.
import type { Writer } from "../../../base/database.ts";
import { TeuError } from "../../../base/errors.ts";
import type { ContainerDocument } from "../../../containers/document/document.ts";
import type { Described } from "../../../kernel/netlink/wiring/wiring.ts";
import type { NetworkStep } from "../../../kernel/state/networks/work.ts";
import { familyOf } from "../../../network/address/address.ts";
import { forgetContainer, forgetPort } from "../../../network/firewall/conntrack.ts";
import { portElements, removePortElements } from "../../../network/firewall/elements.ts";
import { engineTag } from "../../../network/model/engine-tag.ts";
import type { PublishedPort } from "../../../network/model/port.ts";
import { dropPort, portsOf } from "../../../network/state/ports.ts";
import type { Engine } from "../../engine.ts";
import type { Claimed } from "../claims/claim.ts";
import { targetsOf } from "../claims/targets.ts";
import { inFirewall, outOfFirewall } from "../host/firewall.ts";
import { presentPlace } from "../host/namespace.ts";
import { carryOut } from "../host/place.ts";
import { publishRootless, unpublishRootless } from "../rootless/forwarders.ts";
import { isRootless, rootlessWithin } from "../rootless/network.ts";

/** Of a container that runs, or is about to be gone: what is not there need not go. As all that changes ports, in a transaction. */
export function removePorts(engine: Engine, { connections, ports }: Pick<Claimed, "connections" | "ports">): void {
  const place = rootlessWithin(engine);
  const targets = targetsOf(connections, ports);
  const [first] = ports;
  if (first !== undefined && isRootless(engine)) unpublishRootless(engine, first.container, place.within, ports);
  if (isRootless(engine) && place.within === undefined) return; // and with the namespace, its tables
  const addresses = new Set(targets.flatMap(({ port, endpoint }) => (familyOf(port.address) === 4 ? endpoint.ipv4 : endpoint.ipv6) ?? []));
  try {
    carryOut(engine, place, "take published ports back", [
      outOfFirewall(removePortElements(engineTag(engine.root), targets)),
      forgetting([...addresses].map(forgetContainer)),
    ]);
  } catch (error) {
    // Who held the user's namespace has just ended: as before, or with others in it the sweep takes them.
    if (place.within === undefined || !(error instanceof TeuError) || error.code !== "unavailable") throw error;
  }
}

/** ENOENT: nobody has sent anything. The kernel goes on behind an answer of connection tracking's. */
function forgetting(messages: readonly Described[]): NetworkStep {
  return inFirewall(messages, ["ENOENT"]);
}

/** Of a container that has ended: what fails is told, as its end is none the less. */
export function takePortsBack(engine: Engine, places: Claimed): void {
  if (places.ports.length === 0) return;
  try {
    removePorts(engine, places);
  } catch (error) {
    engine.runtime.warn(`take back the ports of container ${places.subject.name}: ${error instanceof Error ? error.message : error}`);
  }
}

/** Of a container that runs. @throws KernelError */
export function addPorts(engine: Engine, { connections, ports }: Pick<Claimed, "connections" | "ports">): void {
  const place = rootlessWithin(engine);
  const targets = targetsOf(connections, ports);
  const [first] = ports;
  if (first !== undefined && place.within !== undefined) publishRootless(engine, first.container, targets, place.within);
  const messages = portElements(engineTag(engine.root), targets);
  carryOut(engine, place, "publish ports", [inFirewall(messages)]);
}

/** Those that lead nowhere any more are given up. */
export function dropLost(db: Writer, { connections, ports }: Pick<Claimed, "connections" | "ports">): readonly PublishedPort[] {
  const led = new Set(targetsOf(connections, ports).map(({ port }) => port));
  for (const port of ports) if (!led.has(port)) dropPort(db, port);
  return ports.filter((port) => led.has(port));
}

/** Ports that led to a place which is given up lead to the next one. */
export function movePorts(engine: Engine, { before, after }: { readonly before: Claimed; readonly after: Claimed }): void {
  removePorts(engine, before);
  addPorts(engine, after);
}

/**
 * Whoever sent datagrams to a port before it was published is remembered as a sender to this host: of a container that has just started.
 * Its elements are there by now, so that the next datagram is led to the container.
 */
export async function forgetSenders(engine: Engine, { id, network }: Pick<ContainerDocument, "id" | "network">): Promise<void> {
  if (!network.publishAll && !network.ports.some(({ protocol }) => protocol === "udp")) return;
  const ports = portsOf(engine.state.rows, id).filter(({ protocol }) => protocol === "udp");
  const place = ports.length === 0 ? undefined : await presentPlace(engine);
  if (place === undefined) return;
  carryOut(engine, place, "publish ports", [forgetting(ports.map(forgetPort))]);
}
