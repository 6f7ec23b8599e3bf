// Where the published ports of a container lead.
import type { Database } from "bun:sqlite";
import { containerById } from "../../../containers/state/rows.ts";
import { familyOf } from "../../../network/address/address.ts";
import type { PortTarget } from "../../../network/firewall/elements.ts";
import type { PublishedPort } from "../../../network/model/port.ts";
import { endpointsOf } from "../../../network/state/endpoints.ts";
import { portsOf } from "../../../network/state/ports.ts";
import { networkById } from "../../../network/state/rows.ts";
import { attachmentsOf, type Claimed, type Connection, publishedThrough, type Subject } from "./claim.ts";

/** Where each port leads; those that lead nowhere any more are left out. */
export function targetsOf(connections: readonly Connection[], ports: readonly PublishedPort[]): PortTarget[] {
  return ports.flatMap((port) => {
    const through = publishedThrough(connections, familyOf(port.address));
    return through === undefined ? [] : [{ port, network: through.network, endpoint: through.endpoint }];
  });
}

/** Where the published ports of a running container lead. */
export function portTargets(db: Database, container: string): PortTarget[] {
  const row = containerById(db, container);
  const places = row === undefined ? undefined : presentPlaces(db, row);
  return places === undefined ? [] : targetsOf(places.connections, places.ports);
}

/** What a container that runs has of networks now. */
export function presentPlaces(db: Database, subject: Subject): Claimed {
  const { document } = subject;
  const connections = endpointsOf(db, document.id).flatMap((endpoint) => {
    const network = networkById(db, endpoint.network);
    const attachment = attachmentsOf(document).find((one) => one.network === endpoint.network);
    return network === undefined || attachment === undefined ? [] : [{ network, attachment, endpoint }];
  });
  return { subject, connections, ports: portsOf(db, document.id) };
}
