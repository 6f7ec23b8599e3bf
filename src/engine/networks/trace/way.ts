// The kernel's word for where it would send a packet.
import { KernelError, TeuError } from "../../../base/errors.ts";
import { NETLINK_ROUTE } from "../../../kernel/netlink/message.ts";
import type { Link } from "../../../kernel/netlink/rtnetlink/link-dump.ts";
import { answeredRoute, routeRequest } from "../../../kernel/netlink/rtnetlink/routes.ts";
import { dumpNetlink } from "../../../kernel/state/networks/work.ts";
import { addressBytes, formatAddress, type IpAddress } from "../../../network/address/address.ts";
import type { Way } from "../../../network/trace/facts.ts";
import type { Engine } from "../../engine.ts";

/** A network namespace, and its links. */
export interface From {
  readonly links: readonly Link[];
  readonly place: Pick<Parameters<typeof dumpNetlink>[1], "within" | "namespace">;
}

/** @throws TeuError where the kernel cannot be asked */
export function wayTo(engine: Engine, address: IpAddress, { links, place }: From): Way {
  const bytes = addressBytes(address);
  if (bytes === undefined) throw new TeuError("internal", `${address} is no address`);
  let answer: Uint8Array;
  try {
    const request = { protocol: NETLINK_ROUTE, request: routeRequest(bytes) };
    answer = dumpNetlink(engine.runtime, { ...place, ...request, doing: `ask for the route to ${address}` });
  } catch (error) {
    if (error instanceof KernelError) return { kind: "refused", why: error.message };
    throw error;
  }
  const route = answeredRoute(answer);
  if (route === undefined) return { kind: "refused", why: "the kernel does not say" };
  if (route.type !== "unicast" && route.type !== "local")
    return { kind: "refused", why: `the route says ${route.type ?? "something unknown"}` };
  const name = links.find(({ index }) => index === route.index)?.name;
  return {
    kind: "sent",
    local: route.type === "local",
    ...(name === undefined ? {} : { interface: name }),
    ...(route.gateway === undefined ? {} : { gateway: formatAddress(route.gateway) }),
    ...(route.source === undefined ? {} : { source: formatAddress(route.source) }),
  };
}
