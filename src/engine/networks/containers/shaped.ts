// What a limit of a container's asks of the host: queues at its own end of the cable.
import { NETLINK_ROUTE } from "../../../kernel/netlink/message.ts";
import { RTM } from "../../../kernel/netlink/rtnetlink/numbers.ts";
import type { Described } from "../../../kernel/netlink/wiring/wiring.ts";
import { linkAlias, ownIndex } from "../../../network/drivers/names.ts";
import type { Endpoint, Rate } from "../../../network/model/endpoint.ts";
import { shapingMessages, unshapingMessages } from "../../../network/shaping/shaping.ts";
import type { Engine } from "../../engine.ts";
import type { Claimed } from "../claims/claim.ts";
import type { Place } from "../host/namespace.ts";
import { carryOut } from "../host/place.ts";

/** The container's cable is there when these are sent. */
export function shapedHost(
  { id, container, interface: name }: Endpoint,
  { rate, tag, host }: { readonly rate: Rate; readonly tag: string; readonly host: readonly Described[] },
): Described[] {
  return shapingMessages({
    endpoint: id,
    veth: ownIndex(id),
    ifb: ownIndex(`${id} rate`),
    interface: name,
    rate,
    alias: linkAlias(tag, container),
    // The only queue that a cable has by itself is the one for answers to ::1.
    hasIngress: host.some(({ message }) => message.type === RTM.NEWQDISC),
  });
}

/** The queues of a container with a limit of what leaves it are interfaces of the host's. */
export function unshape(engine: Engine, place: Place, { subject, connections }: Claimed): void {
  const messages = connections.flatMap(({ endpoint, attachment }) => unshapingMessages(endpoint, attachment.rate));
  if (messages.length === 0) return;
  try {
    carryOut(engine, place, `take back the limits of ${subject.name}`, [
      { send: { protocol: NETLINK_ROUTE, messages, tolerate: ["ENODEV"] } },
    ]);
  } catch (error) {
    engine.runtime.warn(`take back the limits of container ${subject.name}: ${error instanceof Error ? error.message : error}`);
  }
}
