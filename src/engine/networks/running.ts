// A container that runs is connected to one more network, or taken out of one: the kernel's part, in the container's network namespace and the host's.
import type { Database } from "bun:sqlite";
import { NETLINK_ROUTE } from "../../kernel/netlink/message.ts";
import { type NetworkNamespace, type NetworkStep, workOnNetwork } from "../../kernel/state/network.ts";
import { NETWORK_DRIVERS } from "../../network/drivers/drivers.ts";
import { endpointsOf } from "../../network/state/endpoints.ts";
import { portsOf } from "../../network/state/ports.ts";
import { networkById } from "../../network/state/rows.ts";
import { runState } from "../containers/state/run-state.ts";
import type { Engine } from "../engine.ts";
import { attachmentsOf, type Claimed, type Connection, type Subject } from "./claim.ts";
import { defaultConnection, wire, withoutRoutes } from "./wire.ts";

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

/** The network namespace of a container that runs; undefined for one that does not. */
export function namespaceOf(engine: Engine, id: string): NetworkNamespace | undefined {
  const state = runState(engine, id);
  if (state.kind !== "alive" || state.pid === 0 || (state.status !== "running" && state.status !== "paused")) return undefined;
  const start = state.record?.start;
  return { pid: state.pid, ...(start === undefined ? {} : { start }) };
}

/** @throws KernelError naming what the kernel refuses; TeuError `unavailable` where the container has just ended */
export async function wireRunning(engine: Engine, namespace: NetworkNamespace, { before, after }: Change, connection: Connection): Promise<void> {
  const { host, inside } = await wire(engine, after, connection);
  const moved = defaultConnection(after.connections) === connection ? defaultConnection(before.connections) : undefined;
  workOnNetwork(engine.runtime, {
    doing: `connect container to network ${connection.network.name}`,
    container: namespace,
    steps: [
      ...(moved === undefined ? [] : [{ send: { protocol: NETLINK_ROUTE, namespace, messages: withoutRoutes(moved), tolerate: ["ESRCH"] as const } }]),
      { send: { protocol: NETLINK_ROUTE, messages: host } },
      { send: { protocol: NETLINK_ROUTE, namespace, messages: inside } },
    ],
  });
}

/** Before and after a change. */
export interface Change {
  readonly before: Claimed;
  readonly after: Claimed;
}

/** The other end of a cable goes with one; the default routes go on by another network. */
export async function unwireRunning(engine: Engine, namespace: NetworkNamespace, { after }: Pick<Change, "after">, { network, endpoint }: Connection): Promise<void> {
  const next = defaultConnection(after.connections);
  const parts = network.driver === "cni" ? { host: [], inside: [] } : NETWORK_DRIVERS[network.driver].unwire(endpoint);
  const routes = next === undefined ? [] : (await wire(engine, after, next)).inside;
  const gone = ["ENODEV"] as const;
  const steps: NetworkStep[] = [
    { send: { protocol: NETLINK_ROUTE, messages: parts.host, tolerate: gone } },
    { send: { protocol: NETLINK_ROUTE, namespace, messages: parts.inside, tolerate: gone } },
    { send: { protocol: NETLINK_ROUTE, namespace, messages: routes, tolerate: ["EEXIST"] } },
  ];
  workOnNetwork(engine.runtime, { doing: `disconnect container from network ${network.name}`, container: namespace, steps });
}
