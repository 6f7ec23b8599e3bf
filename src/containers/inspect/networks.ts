// What a container has of networks, in docker's terms.
import { familyOf } from "../../network/address/address.ts";
import type { Attachment, Endpoint } from "../../network/model/endpoint.ts";
import { gatewayOf, prefixLengthOf } from "../../network/model/gateway.ts";
import type { Network } from "../../network/model/network.ts";
import type { PortRequest, PublishedPort } from "../../network/model/port.ts";
import { hasPorts, type NetworkMode, type NetworkSettings } from "../document/network.ts";

/** `HostConfig.NetworkMode`: as `--network` takes it; of several the first. */
export function networkModeText(mode: NetworkMode): string {
  switch (mode.kind) {
    case "container":
      return `container:${mode.id}`;
    case "namespace":
      return `ns:${mode.path}`;
    case "networks":
      return mode.attachments[0]?.name ?? "none";
    case "private":
      return [mode.by ?? "private", mode.options.join(",")].filter(Boolean).join(":");
    default:
      return mode.kind;
  }
}

/** Names of the networks that it is connected to; one that is in somebody else's namespace has none of its own. */
export function networkNames({ mode }: Pick<NetworkSettings, "mode">): string[] {
  if (mode.kind === "networks") return mode.attachments.map(({ name }) => name);
  return mode.kind === "none" || mode.kind === "host" ? [mode.kind] : [];
}

/** What of its networks a container has while it runs. */
export interface NetworkState {
  /** By the network's id. */
  readonly connections: ReadonlyMap<string, Connected>;
  readonly ports: readonly PublishedPort[];
}

export interface Connected {
  readonly network: Network;
  readonly endpoint: Endpoint;
  /** How others find it there. */
  readonly names: readonly string[];
}

export const NOT_CONNECTED: NetworkState = { connections: new Map(), ports: [] };

/** `NetworkSettings` of inspect. `key` is the path of the namespace while the container runs. */
export function networkSettings(
  network: NetworkSettings,
  key: string,
  { connections, ports }: NetworkState,
): Readonly<Record<string, unknown>> {
  const first = [...connections.values()].find(({ network: { names } }) => !names); // docker's older fields are of its default network
  return {
    Bridge: "",
    SandboxID: "",
    SandboxKey: key,
    Ports: key !== "" && hasPorts(network) ? portMap(network.exposed, ports) : {},
    HairpinMode: false,
    LinkLocalIPv6Address: "",
    LinkLocalIPv6PrefixLen: 0,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    ...addressesOf(first),
    Networks: Object.fromEntries(connectionsOf(network, connections)),
  };
}

function connectionsOf({ mode }: NetworkSettings, connections: NetworkState["connections"]): (readonly [string, unknown])[] {
  if (mode.kind !== "networks") return networkNames({ mode }).map((name) => [name, connectionObject(undefined, undefined)]);
  return mode.attachments.map((one) => [one.name, connectionObject(one, connections.get(one.network))]);
}

function connectionObject(asked: Attachment | undefined, connected: Connected | undefined): Readonly<Record<string, unknown>> {
  const { ipv4, ipv6, aliases = [], links = [], options = {}, priority = 0, network = "", rate } = asked ?? {};
  const orNull = <T>(list: readonly T[]) => (list.length === 0 ? null : list);
  return {
    IPAMConfig: ipv4 === undefined && ipv6 === undefined ? null : { ...given("IPv4Address", ipv4), ...given("IPv6Address", ipv6) },
    Links: orNull(links.map(({ container, alias }) => `${container}:${alias}`)),
    Aliases: orNull(aliases),
    DriverOpts: Object.keys(options).length === 0 ? null : options,
    GwPriority: priority,
    NetworkID: network,
    ...addressesOf(connected),
    DNSNames: orNull(connected?.network.names ? connected.names : []),
    // Ours: `--network-rate`, bytes a second.
    ...(rate === undefined ? {} : { Rate: { In: rate.in, Out: rate.out } }),
  };
}

const given = (name: string, value: string | undefined) => (value === undefined ? {} : { [name]: value });

/** docker's fields, empty for a connection that has no address. */
function addressesOf(connected: Connected | undefined): Readonly<Record<string, string | number>> {
  const { endpoint, network } = connected ?? {};
  const of = (family: 4 | 6) => {
    const address = family === 4 ? endpoint?.ipv4 : endpoint?.ipv6;
    if (network === undefined || address === undefined) return { address: "", length: 0, gateway: "" };
    return {
      address,
      length: prefixLengthOf(network, address),
      gateway: network.internal ? "" : (gatewayOf(network, familyOf(address)) ?? ""),
    };
  };
  const [four, six] = [of(4), of(6)];
  return {
    EndpointID: endpoint?.id ?? "",
    Gateway: four.gateway,
    GlobalIPv6Address: six.address,
    GlobalIPv6PrefixLen: six.length,
    IPAddress: four.address,
    IPPrefixLen: four.length,
    IPv6Gateway: six.gateway,
    MacAddress: endpoint?.mac ?? "",
  };
}

interface Binding {
  readonly HostIp: string;
  readonly HostPort: string;
}

/** By the container's port; what is exposed alone leads nowhere. */
function portMap(exposed: readonly string[], ports: readonly PublishedPort[]): Readonly<Record<string, readonly Binding[] | null>> {
  const all: Record<string, Binding[] | null> = Object.fromEntries(exposed.map((port) => [port, null]));
  for (const { target, protocol, address, port } of ports) {
    const key = `${target}/${protocol}`;
    all[key] = [...(all[key] ?? []), { HostIp: address, HostPort: `${port}` }];
  }
  return inDockersOrder(all);
}

/** `HostConfig.PortBindings`: as they were asked for. */
export function portBindings(ports: readonly PortRequest[]): Readonly<Record<string, readonly Binding[]>> {
  const all: Record<string, Binding[]> = {};
  for (const { target, protocol, address = "", port } of ports) {
    const key = `${target}/${protocol}`;
    const HostPort = typeof port === "object" ? `${port.first}-${port.last}` : `${port ?? ""}`;
    all[key] = [...(all[key] ?? []), { HostIp: address, HostPort }];
  }
  return inDockersOrder(all);
}

/** Go's encoder sorts the keys of a map, as bytes. */
export function inDockersOrder<T>(ports: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(ports).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
