// Networks that CNI plugins make. Plugins want a network namespace with a path before there is a container: so a container of such a network joins one
// that was made for it.
//
//     namespace <run root>/netns/<id> ──ADD of each network──> container joins ──its program ends──> DEL of each ──> namespace goes
//
// What was added is known from files (network/cni/cache.ts), which are written before the first plugin runs: whoever is killed in between leaves word.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { TeuError } from "../../../base/errors.ts";
import { withFileLock } from "../../../base/file-lock.ts";
import { makeNamedNamespace, removeNamedNamespace } from "../../../kernel/state/networks/named-namespace.ts";
import { familyOf } from "../../../network/address/address.ts";
import { keptAttachments } from "../../../network/cni/cache.ts";
import { addAttachment, type CniNetwork, type CniPlaces, deleteAttachment } from "../../../network/cni/chain.ts";
import { PLUGIN_FOLDERS, PLUGIN_TIMEOUT } from "../../../network/cni/plugin.ts";
import type { CapabilityArguments, CniAttachment, PortMapping } from "../../../network/cni/request.ts";
import { addressesInside, type CniResult, macInside } from "../../../network/cni/result.ts";
import type { Attachment, Endpoint } from "../../../network/model/endpoint.ts";
import type { Network } from "../../../network/model/network.ts";
import type { PortRequest } from "../../../network/model/port.ts";
import { bucketFor } from "../../../network/shaping/shaping.ts";
import { settleAddresses } from "../../../network/state/endpoints.ts";
import { runState } from "../../containers/state/run-state.ts";
import type { Engine } from "../../engine.ts";
import { type Claimed, type Connection, requestedPorts } from "../claims/claim.ts";
import { cniNamespace } from "./namespace.ts";

function placesOf({ runRoot }: Pick<Engine, "runRoot">, path: readonly string[]): CniPlaces {
  return { cache: join(runRoot, "cni"), path, timeout: PLUGIN_TIMEOUT };
}

function settingsOf({ name, settings }: Network): CniNetwork & { readonly path: readonly string[] } {
  if (settings?.kind !== "cni") throw new TeuError("internal", `network ${name}: it is none of CNI`);
  return { name, conflist: settings.conflist, path: settings.path };
}

const lockOf = ({ runRoot }: Pick<Engine, "runRoot">, container: string) => join(runRoot, "cni", "locks", container);

/** One at a time is at what plugins have of a container (SPEC.md of CNI, "Lifecycle & Ordering"). */
function exclusively<T>(engine: Pick<Engine, "runRoot">, container: string, work: () => Promise<T>): Promise<T> {
  return withFileLock(lockOf(engine, container), work);
}

/**
 * Makes the namespace and adds it to each network, with the addresses that the plugins have chosen in the rows of its endpoints and in the result.
 * What fails is left to `releaseCni`. The container's running state is this start's.
 * @throws TeuError naming the plugin; `unsupported` for what no plugin of a network takes
 */
export function attachCni(engine: Engine, claimed: Claimed): Promise<Claimed> {
  const { document } = claimed.subject;
  return exclusively(engine, document.id, async () => {
    await dropAll(engine, document.id);
    makeNamedNamespace(engine.runtime, cniNamespace(engine, document.id));
    const connections: Connection[] = [];
    for (const [index, connection] of claimed.connections.entries()) {
      const ports = index === 0 ? requestedPorts(document.network) : [];
      connections.push(await addConnection(engine, connection, ports));
    }
    engine.state.write((db) => {
      for (const { endpoint } of connections) settleAddresses(db, endpoint);
    });
    return { ...claimed, connections };
  });
}

async function addConnection(engine: Engine, connection: Connection, ports: readonly PortRequest[]): Promise<Connection> {
  const { network, endpoint } = connection;
  const { path, ...settings } = settingsOf(network);
  const attachment: CniAttachment = {
    containerId: endpoint.container,
    namespace: cniNamespace(engine, endpoint.container),
    interface: endpoint.interface,
    args: [["IgnoreUnknown", "1"]],
    capabilities: wishesOf(network.name, connection.attachment, ports),
  };
  const result = await addAttachment(settings, attachment, placesOf(engine, path));
  return { ...connection, endpoint: withResult(endpoint, result) };
}

/** What of a container's wishes plugins are told: what nobody asked for is left out. */
function wishesOf(network: string, { ipv4, ipv6, mac, aliases, rate }: Attachment, ports: readonly PortRequest[]): CapabilityArguments {
  const ips = [ipv4, ipv6].flatMap((address) => address ?? []);
  const bits = (bytes: number) => ({ rate: bytes * 8, burst: bucketFor(bytes).burst * 8 });
  const [into, out] = [bits(rate?.in ?? 0), bits(rate?.out ?? 0)];
  return {
    ...(ports.length === 0 ? {} : { portMappings: ports.map((port) => mappingOf(network, port)) }),
    ...(ips.length === 0 ? {} : { ips }),
    ...(mac === undefined ? {} : { mac }),
    ...(aliases.length === 0 ? {} : { aliases }),
    ...(rate === undefined
      ? {}
      : {
          bandwidth: {
            ...(rate.in > 0 ? { ingressRate: into.rate, ingressBurst: into.burst } : {}),
            ...(rate.out > 0 ? { egressRate: out.rate, egressBurst: out.burst } : {}),
          },
        }),
  };
}

function mappingOf(network: string, { address, port, target, protocol }: PortRequest): PortMapping {
  if (typeof port !== "number")
    throw new TeuError(
      "unsupported",
      `publish port ${target}/${protocol} in network ${network}: CNI plugins choose no port; name one: -p 8080:${target}`,
    );
  return { hostPort: port, containerPort: target, protocol, ...(address === undefined ? {} : { hostIP: address }) };
}

/** The endpoint with the first address of each family. */
function withResult(endpoint: Endpoint, result: CniResult): Endpoint {
  const addresses = addressesInside(result, endpoint.interface).map(({ address }) => address);
  const { ipv4: _, ipv6: __, ...rest } = endpoint;
  const [ipv4, ipv6] = [4, 6].map((family) => addresses.find((address) => familyOf(address) === family));
  return {
    ...rest,
    mac: macInside(result, endpoint.interface) ?? endpoint.mac,
    ...(ipv4 === undefined ? {} : { ipv4 }),
    ...(ipv6 === undefined ? {} : { ipv6 }),
  };
}

/** Takes a container whose run is over out of its networks. It may be done again; one that runs is left alone. What fails is told, and left for later. */
export function releaseCni(engine: Engine, container: string): Promise<void> {
  return exclusively(engine, container, async () => {
    if (runState(engine, container).kind === "alive") return;
    try {
      await dropAll(engine, container);
      rmSync(lockOf(engine, container), { force: true });
    } catch (error) {
      engine.runtime.warn(`take container ${container} out of its networks: ${error instanceof Error ? error.message : error}`);
    }
  });
}

async function dropAll(engine: Engine, container: string): Promise<void> {
  for (const { network, conflist, attachment, path, result } of keptAttachments(placesOf(engine, []).cache, container))
    await deleteAttachment({ name: network, conflist }, attachment, placesOf(engine, path ?? PLUGIN_FOLDERS), result);
  removeNamedNamespace(engine.runtime, cniNamespace(engine, container));
}

/** What commands that were killed have left of containers that do not run. */
export async function recoverCni(engine: Engine): Promise<void> {
  const containers = new Set(keptAttachments(placesOf(engine, []).cache).map(({ attachment }) => attachment.containerId));
  for (const container of containers) if (runState(engine, container).kind !== "alive") await releaseCni(engine, container);
}
