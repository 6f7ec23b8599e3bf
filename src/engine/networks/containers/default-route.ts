// Which of its networks a container's default routes lead by.
import { removeRoute } from "../../../kernel/netlink/rtnetlink/routes.ts";
import type { Described } from "../../../kernel/netlink/wiring/wiring.ts";
import { familyOf } from "../../../network/address/address.ts";
import { EVERYWHERE } from "../../../network/drivers/inside.ts";
import { INSIDE_INDEX } from "../../../network/drivers/names.ts";
import { byPriority, type Connection } from "../claims/claim.ts";
import type { WiredEndpoint } from "./wire.ts";

/** Where the default routes lead: docker's gw-priority. */
export function defaultConnection(connections: readonly Connection[]): Connection | undefined {
  return byPriority(connections).find(({ network }) => !network.internal);
}

/** Takes the default routes of a place away; ESRCH where there is none. */
export function withoutRoutes({ endpoint: { ordinal, interface: name, ipv4, ipv6 } }: Connection): Described[] {
  return [ipv4, ipv6].flatMap((address) => {
    if (address === undefined) return [];
    const destination = EVERYWHERE[familyOf(address)];
    return [{ message: removeRoute({ destination, index: INSIDE_INDEX + ordinal }), subject: `default route of ${name}` }];
  });
}

/** All places, as they are wired; those of CNI are wired by others. */
export function wiredPlaces(connections: readonly Connection[]): WiredEndpoint[] {
  const first = defaultConnection(connections);
  return connections
    .filter(({ network }) => network.driver !== "cni")
    .map((one) => {
      const { network, endpoint, attachment } = one;
      return { network, endpoint, defaultRoute: one === first, ...(attachment.rate === undefined ? {} : { rate: attachment.rate }) };
    });
}
