// What a driver of networks is: it says in messages and settings what the kernel must have of a network, and of a container in it. Pure: what it
// must know of the host comes in as facts.
import type { Described } from "../../kernel/netlink/wiring/wiring.ts";
import type { NetworkStep } from "../../kernel/state/networks/work.ts";
import type { IpAddress } from "../address/address.ts";
import type { Endpoint } from "../model/endpoint.ts";
import type { Network } from "../model/network.ts";

export interface HostFacts {
  /** Tells this engine's things from another's. */
  readonly tag: string;
  /** The kernel has IPv6, and it is not turned off. */
  readonly ipv6: boolean;
  /** Frames between ports of a bridge pass the filters of IPv6, too (br_netfilter). */
  readonly bridgeFiltered: boolean;
  /** The indices of the links that are there, by name. */
  readonly links: ReadonlyMap<string, number>;
  /** The hosts that a vxlan reaches, as its file lists them now. */
  readonly peers: readonly Peer[];
}

/** Another host of a vxlan. */
export interface Peer {
  readonly address: IpAddress;
  /** MAC addresses that are known to be behind it. */
  readonly macs: readonly string[];
}

/** A network that is there. */
export interface UpNetwork {
  /** Of its bridge, or of the parent. */
  readonly index: number;
  readonly ipv6: boolean;
  readonly bridgeFiltered: boolean;
}

/** How a container is to be in the network. */
export interface EndpointPlace {
  readonly tag: string;
  readonly up: UpNetwork;
  /** Its default routes lead by this network. */
  readonly defaultRoute: boolean;
  /** It has published ports of this network. */
  readonly publishes: boolean;
}

export interface EndpointWiring {
  /** In the host's namespace; `NAMESPACE` in them is the container's. */
  readonly host: readonly Described[];
  /** In the container's. */
  readonly inside: readonly Described[];
}

export interface Driver {
  /** @throws TeuError `invalid` or `unsupported`, naming what of the network it is */
  validate(network: Network): void;
  /** What makes the network; idempotent. @throws TeuError where the host lacks what it needs */
  up(network: Network, facts: HostFacts): readonly NetworkStep[];
  /** The index of the link that containers are joined to. @throws TeuError `not-found` */
  indexOf(network: Network, facts: Pick<HostFacts, "links">): number;
  /** Names of the links without which it does not work; whoever finds one gone makes the network again. */
  links(network: Network, tag: string): readonly string[];
  wire(network: Network, endpoint: Endpoint, place: EndpointPlace): EndpointWiring;
  /** What takes a container that goes on running out of the network: in the host's namespace, and in the container's. */
  unwire(endpoint: Endpoint): EndpointWiring;
  /** What takes the network away; ENODEV is as good. */
  down(network: Network, facts: Pick<HostFacts, "links">): readonly Described[];
}
