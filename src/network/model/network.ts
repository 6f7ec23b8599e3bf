// A network, as it is stored: what `network create` was asked for, with all that was chosen for it. JSON in the row of the network.
import type { IpAddress, Prefix } from "../address/address.ts";

export const DRIVERS = ["bridge", "macvlan", "ipvlan", "vxlan", "cni"] as const;
export type DriverName = (typeof DRIVERS)[number];

/** Drivers whose networks have a bridge of the host's, with addresses of its own, and cables to it. */
export const BRIDGE_DRIVERS: readonly DriverName[] = ["bridge", "vxlan"];

/** Whether a network has a bridge of the host's. */
export const isBridged = ({ driver }: Pick<Network, "driver">): boolean => BRIDGE_DRIVERS.includes(driver);

/** The network that containers have who ask for none. It is a bridge like others, without names, and is made when it is first needed. */
export const DEFAULT_NETWORK = "bridge";

/** Words that mean something other than a network: no network may be called so. */
export const RESERVED_NAMES = ["none", "host", "container", "ns", "private", "pasta", "slirp4netns", "default"] as const;

export interface Network {
  readonly version: 1;
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly name: string;
  /** RFC 3339. */
  readonly created: string;
  readonly driver: DriverName;
  /** At most one of IPv4 and one of IPv6 for a bridge; the others may have several. */
  readonly subnets: readonly Subnet[];
  /** No way out of it, and no published ports. */
  readonly internal: boolean;
  /** Containers may be connected to it by hand while they run (docker's word for overlay networks; kept and shown). */
  readonly attachable: boolean;
  /** Containers of it do not reach one another (com.docker.network.bridge.enable_icc=false). */
  readonly isolated: boolean;
  /** Names of containers resolve in it: every network but the default one. */
  readonly names: boolean;
  /** Of the host: the bridge that is made, or the parent of macvlan and ipvlan; at most 15 bytes. */
  readonly interface?: string;
  /** Inside: what the names of interfaces begin with, in the place of `eth` (com.docker.network.container_iface_prefix). */
  readonly interfacePrefix?: string;
  readonly mtu?: number;
  /** Sources are rewritten on the way out (docker's enable_ip_masquerade); on unless asked otherwise. */
  readonly masquerade: boolean;
  /** Which packets to published ports are let in: those that the host's firewall lets in, or all (`teu.publish=direct`). */
  readonly publish: "filtered" | "direct";
  /** As they were given: shown by inspect. */
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly settings?: DriverSettings;
}

export interface Subnet {
  readonly prefix: Prefix;
  /** Absent where the driver needs none: internal macvlan. */
  readonly gateway?: IpAddress;
  /** Addresses are taken from here, where it is given. */
  readonly range?: Prefix;
  /** Names of addresses that are not given to containers (--aux-address). */
  readonly reserved: Readonly<Record<string, IpAddress>>;
}

/** What of a driver's own there is. */
export type DriverSettings =
  | { readonly kind: "macvlan"; readonly mode: "bridge" | "vepa" | "private" | "passthru" }
  | { readonly kind: "ipvlan"; readonly mode: "l2" | "l3" | "l3s" }
  | {
      readonly kind: "vxlan";
      /** 24 bits. */
      readonly vni: number;
      readonly port: number;
      /** The address of this host that the tunnel ends at. */
      readonly local: IpAddress;
      /** Absolute path of the file that lists the other hosts, or the list itself. */
      readonly peers: string | readonly IpAddress[];
    }
  /** The network's configuration list, as it was read, and the folders that its plugins are looked for in. */
  | { readonly kind: "cni"; readonly conflist: string; readonly path: readonly string[] };
