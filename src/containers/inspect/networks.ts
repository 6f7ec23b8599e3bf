// What a container has of networks, in docker's terms.
import type { NetworkMode, NetworkSettings } from "../document/network.ts";

/** `HostConfig.NetworkMode`: as `--network` takes it. */
export function networkModeText(mode: NetworkMode): string {
  switch (mode.kind) {
    case "container":
      return `container:${mode.id}`;
    case "namespace":
      return `ns:${mode.path}`;
    default:
      return mode.kind;
  }
}

/** Names of the networks that it is connected to; one that is in somebody else's namespace has none of its own. */
export function networkNames({ mode }: NetworkSettings): string[] {
  return mode.kind === "none" || mode.kind === "host" ? [mode.kind] : [];
}

/** What docker prints of a connection that has no address. */
const NO_ADDRESS = {
  IPAMConfig: null,
  Links: null,
  Aliases: null,
  MacAddress: "",
  DriverOpts: null,
  GwPriority: 0,
  NetworkID: "",
  EndpointID: "",
  Gateway: "",
  IPAddress: "",
  IPPrefixLen: 0,
  IPv6Gateway: "",
  GlobalIPv6Address: "",
  GlobalIPv6PrefixLen: 0,
  DNSNames: null,
} as const;

/** `NetworkSettings` of inspect. `key` is the path of the namespace while the container runs. */
export function networkSettings(network: NetworkSettings, key: string): Readonly<Record<string, unknown>> {
  return {
    Bridge: "",
    SandboxID: "",
    SandboxKey: key,
    Ports: Object.fromEntries(network.exposed.map((port) => [port, null])),
    HairpinMode: false,
    LinkLocalIPv6Address: "",
    LinkLocalIPv6PrefixLen: 0,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    EndpointID: "",
    Gateway: "",
    GlobalIPv6Address: "",
    GlobalIPv6PrefixLen: 0,
    IPAddress: "",
    IPPrefixLen: 0,
    IPv6Gateway: "",
    MacAddress: "",
    Networks: Object.fromEntries(networkNames(network).map((name) => [name, NO_ADDRESS])),
  };
}
