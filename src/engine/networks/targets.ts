// Where the published ports of a container lead.
import { familyOf } from "../../network/address/address.ts";
import type { PortTarget } from "../../network/firewall/elements.ts";
import type { PublishedPort } from "../../network/model/port.ts";
import { type Connection, publishedThrough } from "./claim.ts";

/** Where each port leads; those that lead nowhere any more are left out. */
export function targetsOf(connections: readonly Connection[], ports: readonly PublishedPort[]): PortTarget[] {
  return ports.flatMap((port) => {
    const through = publishedThrough(connections, familyOf(port.address));
    return through === undefined ? [] : [{ port, network: through.network, endpoint: through.endpoint }];
  });
}
