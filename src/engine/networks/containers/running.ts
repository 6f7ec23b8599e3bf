// A container that runs is connected to one more network, or taken out of one: the kernel's part, in the container's network namespace and the host's.
import { NETLINK_ROUTE } from "../../../kernel/netlink/message.ts";
import { type NetworkNamespace, type NetworkStep, workOnNetwork } from "../../../kernel/state/networks/work.ts";
import { unshapingMessages } from "../../../network/shaping/shaping.ts";
import { runState } from "../../containers/state/run-state.ts";
import type { Engine } from "../../engine.ts";
import type { Claimed, Connection } from "../claims/claim.ts";
import { targetsOf } from "../claims/targets.ts";
import { driverOf } from "../host/driver-of.ts";
import { rootlessWithin } from "../rootless/network.ts";
import { defaultConnection, wiredPlaces, withoutRoutes } from "./default-route.ts";
import { wireContainer } from "./wire.ts";

/** The network namespace of a container that runs; undefined for one that does not. */
export function namespaceOf(engine: Engine, id: string): NetworkNamespace | undefined {
  const state = runState(engine, id);
  if (state.kind !== "alive" || state.pid === 0 || (state.status !== "running" && state.status !== "paused")) return undefined;
  const start = state.record?.start;
  return { pid: state.pid, ...(start === undefined ? {} : { start }) };
}

/** Before and after a change. */
export interface Change {
  readonly before: Claimed;
  readonly after: Claimed;
}

/** @throws KernelError naming what the kernel refuses; TeuError `unavailable` where the container has just ended */
export async function wireRunning(
  engine: Engine,
  namespace: NetworkNamespace,
  { before, after }: Change,
  { network }: Connection,
): Promise<void> {
  const places = wiredPlaces(after.connections);
  const wired = places.filter((place) => place.network === network);
  const { host, inside } = await wireContainer(engine, wired, targetsOf(after.connections, after.ports));
  const old = defaultConnection(before.connections);
  const moved = wired.some(({ defaultRoute }) => defaultRoute) && old !== undefined ? withoutRoutes(old) : [];
  workOnNetwork(engine.runtime, {
    doing: `connect container to network ${network.name}`,
    ...rootlessWithin(engine),
    container: namespace,
    steps: [
      { send: { protocol: NETLINK_ROUTE, namespace, messages: moved, tolerate: ["ESRCH"] } },
      { send: { protocol: NETLINK_ROUTE, messages: host } },
      { send: { protocol: NETLINK_ROUTE, namespace, messages: inside } },
    ],
  });
}

/** The other end of a cable goes with one; the default routes go on by another network. */
export async function unwireRunning(
  engine: Engine,
  namespace: NetworkNamespace,
  { after }: Pick<Change, "after">,
  { network, endpoint, attachment }: Connection,
): Promise<void> {
  const { host, inside } = driverOf(network).unwire(endpoint);
  const next = wiredPlaces(after.connections).filter(({ defaultRoute }) => defaultRoute);
  const again = next.length === 0 ? [] : (await wireContainer(engine, next, [])).inside;
  const gone = ["ENODEV"] as const;
  const steps: NetworkStep[] = [
    { send: { protocol: NETLINK_ROUTE, messages: [...host, ...unshapingMessages(endpoint, attachment.rate)], tolerate: gone } },
    { send: { protocol: NETLINK_ROUTE, namespace, messages: inside, tolerate: gone } },
    { send: { protocol: NETLINK_ROUTE, namespace, messages: again, tolerate: ["EEXIST"] } },
  ];
  workOnNetwork(engine.runtime, {
    doing: `disconnect container from network ${network.name}`,
    ...rootlessWithin(engine),
    container: namespace,
    steps,
  });
}
