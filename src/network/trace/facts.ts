// What is known of the way of a packet, as the kernel has told it: the ground of explain.ts.
import type { Family, IpAddress } from "../address/address.ts";
import type { Network } from "../model/network.ts";
import type { Protocol, PublishedPort } from "../model/port.ts";

export interface TraceFacts {
  readonly container: string;
  readonly interfaces: readonly TracedInterface[];
  /** Where packets go that are followed: what was asked for, or somewhere outside. */
  readonly targets: readonly TracedTarget[];
  /** Whether the host hands packets on. */
  readonly forwarding: Readonly<Record<Family, boolean>>;
  /** Chains where packets come in from the kernel, in its order. */
  readonly chains: readonly TracedChain[];
  readonly ports: readonly PublishedPort[];
  readonly sockets: readonly ListeningSocket[];
}

export interface TracedInterface {
  /** Inside: `eth0`. */
  readonly name: string;
  readonly network: Pick<Network, "name" | "driver" | "internal" | "isolated" | "masquerade" | "publish" | "interface">;
  /** With the lengths of their prefixes. */
  readonly addresses: readonly string[];
  /** The other end of the cable, where there is one. */
  readonly hostInterface?: string;
}

export interface TracedTarget {
  readonly address: IpAddress;
  readonly port?: number;
  /** What was asked for, where it was no address. */
  readonly name?: string;
  /** The container that has the address. */
  readonly holder?: { readonly container: string; readonly network: string };
  /** From inside, and from the host. */
  readonly inside: Way;
  readonly outside: Way;
}

/** How the kernel would send a packet, or why not. */
export type Way =
  | {
      readonly kind: "sent";
      /** The address is one of this place itself. */
      readonly local: boolean;
      readonly interface?: string;
      readonly gateway?: IpAddress;
      readonly source?: IpAddress;
    }
  | { readonly kind: "refused"; readonly why: string };

export interface TracedChain {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly hook: string;
  readonly priority: number;
  readonly policy: "accept" | "drop";
  readonly ours: boolean;
  /** Rules here, and in chains that it leads to, that drop or reject. */
  readonly drops: number;
}

/** Of a program in the container. */
export interface ListeningSocket {
  readonly protocol: Protocol;
  readonly address: IpAddress;
  readonly port: number;
}
