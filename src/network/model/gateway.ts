// Where the containers of a network send what is for others.
import { BITS, type Family, familyOf, type IpAddress, isIn, splitPrefix } from "../address/address.ts";
import type { Network } from "./network.ts";

/** The host's address in a network: of its first subnet of this family that has one. */
export function gatewayOf({ subnets }: Pick<Network, "subnets">, family: Family): IpAddress | undefined {
  return subnets.find(({ prefix, gateway }) => gateway !== undefined && familyOf(prefix) === family)?.gateway;
}

/** How many bits of an address are the subnet's; all of them where it is in none. */
export function prefixLengthOf({ subnets }: Pick<Network, "subnets">, address: IpAddress): number {
  const found = subnets.find(({ prefix }) => isIn(address, prefix));
  return found === undefined ? BITS[familyOf(address)] : splitPrefix(found.prefix).length;
}
