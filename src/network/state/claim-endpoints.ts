// A container takes its places in networks: addresses, names, interfaces. Rows alone; nothing is made.
import type { Database } from "bun:sqlite";
import type { Writer } from "../../base/database.ts";
import { TeuError } from "../../base/errors.ts";
import { randomId } from "../../base/random-id.ts";
import { addressBytes, type IpAddress } from "../address/address.ts";
import { hostEndOf } from "../drivers/names.ts";
import type { Endpoint } from "../model/endpoint.ts";
import { isBridged, type Network } from "../model/network.ts";
import { chooseAddress, chooseCounterpart } from "./choose-address.ts";
import { endpointsOf, insertEndpoint, insertNames } from "./endpoints.ts";

/** What a container is to have in a network. */
export interface Claim {
  readonly network: Network;
  readonly ipv4?: IpAddress;
  readonly ipv6?: IpAddress;
  readonly mac?: string;
  readonly interface?: string;
  /** How others find it in this network. */
  readonly names: readonly string[];
}

/**
 * Takes a place for a container in each of these networks; its row must be there. Addresses that are not asked for are the first free ones.
 * @throws TeuError `invalid` for an address that is not the network's, `conflict` for one that is taken, `unavailable` where none is free
 */
export function claimEndpoints(db: Writer, container: string, claims: readonly Claim[]): Endpoint[] {
  const held = endpointsOf(db, container);
  const made: Endpoint[] = [];
  for (const claim of claims) {
    const endpoint = newEndpoint(db, container, claim, [...held, ...made]);
    insertEndpoint(db, endpoint, claim.network);
    if (claim.network.names) insertNames(db, endpoint, claim.names);
    made.push(endpoint);
  }
  return made;
}

function newEndpoint(db: Database, container: string, claim: Claim, others: readonly Endpoint[]): Endpoint {
  const { network } = claim;
  if (others.some((other) => other.network === network.id))
    throw new TeuError("conflict", `container ${container} is already connected to network ${network.name}`);
  const ipv4 = chooseAddress(db, network, 4, claim.ipv4);
  const ipv6 = chooseAddress(db, network, 6, claim.ipv6 ?? chooseCounterpart(db, network, ipv4));
  const ordinal = firstMissing(others.map((other) => other.ordinal));
  const id = randomId();
  return {
    id,
    container,
    network: network.id,
    ordinal,
    interface: interfaceFor(claim, ordinal, others),
    ...(isBridged(network) ? { hostInterface: hostEndOf(id) } : {}),
    mac: claim.mac ?? macFor(ipv4 ?? ipv6),
    ...(ipv4 === undefined ? {} : { ipv4 }),
    ...(ipv6 === undefined ? {} : { ipv6 }),
  };
}

function firstMissing(taken: readonly number[]): number {
  let number = 0;
  while (taken.includes(number)) number++;
  return number;
}

function interfaceFor({ interface: asked, network }: Claim, ordinal: number, others: readonly Endpoint[]): string {
  const isTaken = (name: string) => others.some((other) => other.interface === name);
  if (asked !== undefined) {
    if (isTaken(asked)) throw new TeuError("conflict", `connect to network ${network.name}: the container has an interface ${asked}`);
    return asked;
  }
  const prefix = network.interfacePrefix ?? "eth";
  let number = network.interfacePrefix === undefined ? ordinal : 0;
  while (isTaken(`${prefix}${number}`)) number++;
  return `${prefix}${number}`;
}

const LOCALLY_ADMINISTERED = [0x02, 0x42];

/** Of the address: who has the same address later has the same MAC address, so that what neighbours remember stays right. */
function macFor(address: IpAddress | undefined): string {
  const bytes = address === undefined ? undefined : addressBytes(address);
  const last = bytes?.slice(-4) ?? crypto.getRandomValues(new Uint8Array(4));
  return [...LOCALLY_ADMINISTERED, ...last].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}
