// What a container takes of its networks for one run: addresses, names, ports. Rows, in the transaction of whoever starts it.
import type { Database } from "bun:sqlite";
import { SHORT_ID } from "../../../base/container-id.ts";
import type { Writer } from "../../../base/database.ts";
import { TeuError } from "../../../base/errors.ts";
import type { ContainerDocument } from "../../../containers/document/document.ts";
import { familyOf } from "../../../network/address/address.ts";
import type { Attachment, Endpoint } from "../../../network/model/endpoint.ts";
import type { Network } from "../../../network/model/network.ts";
import { MOST_PORTS, type PortRequest, type PublishedPort } from "../../../network/model/port.ts";
import { parsePublish } from "../../../network/ports/parse.ts";
import { claimEndpoints } from "../../../network/state/claim-endpoints.ts";
import { dropEndpoints } from "../../../network/state/endpoints.ts";
import { claimPorts, dropPorts } from "../../../network/state/ports.ts";
import { networkById } from "../../../network/state/rows.ts";
import type { Engine } from "../../engine.ts";
import { recordNetworkEvent } from "../event.ts";
import { hostPortRules } from "./host-ports.ts";

/** A place in a network, with what was asked for there. */
export interface Connection {
  readonly network: Network;
  readonly attachment: Attachment;
  readonly endpoint: Endpoint;
}

/** What a container has of networks while it runs. */
export interface Claimed {
  readonly subject: Subject;
  /** In the order of its interfaces. */
  readonly connections: readonly Connection[];
  readonly ports: readonly PublishedPort[];
}

/** The container. */
export interface Subject {
  readonly name: string;
  readonly document: Pick<ContainerDocument, "id" | "network" | "options">;
}

export const attachmentsOf = ({ network: { mode } }: Pick<ContainerDocument, "network">): readonly Attachment[] =>
  mode.kind === "networks" ? mode.attachments : [];

/**
 * Takes it, in place of what a run before may have left. The container's row must be there.
 * @throws TeuError as claimEndpoints and claimPorts; `not-found` where a network is gone
 */
export function claimNetworks(db: Writer, engine: Engine, subject: Subject): Claimed {
  const { document } = subject;
  dropEndpoints(db, document.id);
  dropPorts(db, document.id);
  const attachments = attachmentsOf(document);
  const wishes = attachments.map((attachment) => wish(db, attachment, subject));
  const endpoints = claimEndpoints(
    db,
    document.id,
    wishes.map(({ claim }) => claim),
  );
  const connections = wishes.flatMap(({ network, attachment }, index) => {
    const endpoint = endpoints[index];
    return endpoint === undefined ? [] : [{ network, attachment, endpoint }];
  });
  for (const { network } of connections) recordNetworkEvent(db, engine, { action: "connect", network, container: document.id });
  return { subject, connections, ports: publish(db, document, { connections, requests: requestedPorts(document.network) }) };
}

/** One more place, of a container that has others. */
export function claimOne(db: Writer, engine: Engine, subject: Subject, attachment: Attachment): Connection {
  const { network, claim } = wish(db, attachment, subject);
  const [endpoint] = claimEndpoints(db, subject.document.id, [claim]);
  if (endpoint === undefined) throw new TeuError("internal", `connect to network ${network.name}: no endpoint was made`);
  recordNetworkEvent(db, engine, { action: "connect", network, container: subject.document.id });
  return { network, attachment, endpoint };
}

function wish(db: Database, attachment: Attachment, { document, name }: Subject) {
  const network = networkById(db, attachment.network);
  if (network === undefined)
    throw new TeuError("not-found", `network ${attachment.name} not found: it has been removed; disconnect the container from it`);
  const { ipv4, ipv6, mac, interface: inside } = attachment;
  const claim = {
    network,
    ...(ipv4 === undefined ? {} : { ipv4 }),
    ...(ipv6 === undefined ? {} : { ipv6 }),
    ...(mac === undefined ? {} : { mac }),
    ...(inside === undefined ? {} : { interface: inside }),
    names: namesIn(attachment, { id: document.id, name, options: document.options }),
  };
  return { network, attachment, claim };
}

/** `-p`, and of `-P` what is exposed and not published by name. */
export function requestedPorts({ ports, publishAll, exposed }: ContainerDocument["network"]): readonly PortRequest[] {
  if (!publishAll) return ports;
  const named = new Set(ports.map(({ target, protocol }) => `${target}/${protocol}`));
  return [...ports, ...exposed.filter((port) => !named.has(port)).flatMap(parsePublish)];
}

/** docker's DNSNames: how others find a container in a network. */
export function namesIn(
  { aliases }: Pick<Attachment, "aliases">,
  {
    id,
    name,
    options: { hostname },
  }: { readonly id: string; readonly name: string; readonly options: Pick<ContainerDocument["options"], "hostname"> },
): string[] {
  return [...new Set([name, ...aliases, id.slice(0, SHORT_ID), ...(hostname === undefined ? [] : [hostname])])];
}

/**
 * The place that a port leads to: of the networks with a way in, the first that has an address of the family.
 * @param family of the host's address
 */
export function publishedThrough(connections: readonly Connection[], family: 4 | 6): Connection | undefined {
  return connections.find(
    ({ network, endpoint }) =>
      !network.internal && endpoint.hostInterface !== undefined && (family === 4 ? endpoint.ipv4 : endpoint.ipv6) !== undefined,
  );
}

/** The highest first; of equals, as they were given. */
export function byPriority(connections: readonly Connection[]): Connection[] {
  return connections.toSorted((a, b) => b.attachment.priority - a.attachment.priority);
}

/**
 * Takes the ports of the host. Where no network of the container has a way in, none: docker's way with internal networks.
 * @throws TeuError `conflict` with the holder's name; `invalid` for an address of a family that the container has none of
 */
export function publish(
  db: Writer,
  { id }: Pick<ContainerDocument, "id">,
  { connections, requests }: { readonly connections: readonly Connection[]; readonly requests: readonly PortRequest[] },
): readonly PublishedPort[] {
  const families = ([4, 6] as const).filter((family) => publishedThrough(connections, family) !== undefined);
  if (requests.length === 0 || families.length === 0) return [];
  for (const { address, target, protocol } of requests)
    if (address !== undefined && !families.includes(familyOf(address)))
      throw new TeuError(
        "invalid",
        `publish port ${target}/${protocol} at ${address}: the container has no IPv${familyOf(address)} address to lead to`,
      );
  const count = requests.reduce((sum, { address }) => sum + (address === undefined ? families.length : 1), 0);
  if (count > MOST_PORTS)
    throw new TeuError("invalid", `publish: ${count} ports of addresses are asked for; a container can have ${MOST_PORTS} at most`);
  return claimPorts(db, id, requests, hostPortRules(families));
}
