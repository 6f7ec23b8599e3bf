// A network that somebody asks for: what is left open is chosen when it is made.
import type { IpAddress, Prefix } from "../address/address.ts";
import type { Network, Subnet } from "../model/network.ts";

export interface NetworkDraft extends Omit<Network, "version" | "id" | "created" | "subnets" | "interface"> {
  /** Those that were named; a family without any gets one from the pools. */
  readonly subnets: readonly SubnetDraft[];
  readonly ipv4: boolean;
  /** Undefined: where the host has it. */
  readonly ipv6: boolean | undefined;
  /** Of a bridge that nobody named, one is chosen. */
  readonly interface?: string;
}

export interface SubnetDraft extends Omit<Subnet, "gateway"> {
  /** Undefined: the first address; null: none. */
  readonly gateway?: IpAddress | null;
  readonly prefix: Prefix;
}
