// The rows of endpoints: which addresses and names running containers have. An address is taken by a UNIQUE row.
import type { Database } from "bun:sqlite";
import type { Writer } from "../../base/database.ts";
import { TeuError } from "../../base/errors.ts";
import { randomId } from "../../base/random-id.ts";
import { addressBytes, type Family, familyOf, formatAddress, fromNumber, type IpAddress, isIn } from "../address/address.ts";
import { firstFree } from "../ipam/first-free.ts";
import { addressDigits, choiceOf, digitsOf, numberOf, reservedIn, spanOf } from "../ipam/span.ts";
import type { Endpoint } from "../model/endpoint.ts";
import { isBridged, type Network } from "../model/network.ts";

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

interface StoredEndpoint {
  container: string;
  network: string;
  id: string;
  ordinal: number;
  interface: string;
  host_interface: string | null;
  mac: string;
  ipv4: string | null;
  ipv6: string | null;
}

function endpointOf({ host_interface, ipv4, ipv6, ...plain }: StoredEndpoint): Endpoint {
  return {
    ...plain,
    ...(host_interface === null ? {} : { hostInterface: host_interface }),
    ...(isStored(4, ipv4) ? { ipv4: formatAddress(Uint8Array.fromHex(ipv4)) } : {}),
    ...(isStored(6, ipv6) ? { ipv6: formatAddress(Uint8Array.fromHex(ipv6)) } : {}),
  };
}

const STORED: Readonly<Record<Family, RegExp>> = { 4: /^[\da-f]{8}$/, 6: /^[\da-f]{32}$/ };

/** A damaged address is none, so that the container can still be ended and removed. */
function isStored(family: Family, digits: string | null): digits is string {
  return digits !== null && STORED[family].test(digits);
}

/** IFNAMSIZ without its NUL: `veth` and so many digits. */
const HOST_END_DIGITS = 11;

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
  const ipv4 = addressFor(db, network, 4, claim.ipv4);
  const ipv6 = addressFor(db, network, 6, claim.ipv6 ?? counterpart(db, network, ipv4));
  const ordinal = firstMissing(others.map((other) => other.ordinal));
  const id = randomId();
  return {
    id,
    container,
    network: network.id,
    ordinal,
    interface: interfaceFor(claim, ordinal, others),
    ...(isBridged(network) ? { hostInterface: `veth${id.slice(0, HOST_END_DIGITS)}` } : {}),
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

/**
 * The IPv6 address at the same place of its subnet as the other is of its own, where nobody has it. The MAC address is made of the other (macFor): so
 * what neighbours remember of this one stays right as well.
 */
function counterpart(db: Database, network: Network, ipv4: IpAddress | undefined): IpAddress | undefined {
  const own = ipv4 === undefined ? undefined : network.subnets.find(({ prefix }) => isIn(ipv4, prefix));
  const subnet = network.subnets.find(({ prefix }) => familyOf(prefix) === 6);
  if (ipv4 === undefined || own === undefined || subnet === undefined) return undefined;
  const number = spanOf(subnet.prefix).first + numberOf(ipv4) - spanOf(own.prefix).first;
  const { first, last } = choiceOf(subnet);
  if (number < first || number > last || reservedIn(subnet).includes(number)) return undefined;
  if (countTaken(db, { network: network.id, family: 6, from: number, to: number }) > 0) return undefined;
  return formatAddress(fromNumber(number, 6));
}

/** Of the address: who has the same address later has the same MAC address, so that what neighbours remember stays right. */
function macFor(address: IpAddress | undefined): string {
  const bytes = address === undefined ? undefined : addressBytes(address);
  const last = bytes?.slice(-4) ?? crypto.getRandomValues(new Uint8Array(4));
  return [...LOCALLY_ADMINISTERED, ...last].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}

function addressFor(db: Database, network: Network, family: Family, asked: IpAddress | undefined): IpAddress | undefined {
  if (network.driver === "cni") return undefined; // plugins choose, and are told what was asked for
  const subnets = network.subnets.filter(({ prefix }) => familyOf(prefix) === family);
  if (asked !== undefined) {
    requireFree(db, network, asked);
    return asked;
  }
  if (subnets.length === 0) return undefined;
  for (const subnet of subnets) {
    const { first, last } = choiceOf(subnet);
    const reserved = reservedIn(subnet);
    const found = firstFree(first, last, (from, to) => {
      const kept = reserved.filter((number) => number >= from && number <= to).length;
      return BigInt(kept + countTaken(db, { network: network.id, family, from, to }));
    });
    if (found !== undefined) return formatAddress(fromNumber(found, family));
  }
  const where = subnets.map(({ prefix, range }) => range ?? prefix).join(", ");
  throw new TeuError("unavailable", `network ${network.name} has no free IPv${family} address: all of ${where} are taken`);
}

const COLUMN: Readonly<Record<Family, string>> = { 4: "ipv4", 6: "ipv6" };

/** What counts the taken addresses of a network between two; of the index alone. */
export const countQuery = (family: Family): string =>
  `SELECT count(*) AS taken FROM endpoints WHERE network = ? AND ${COLUMN[family]} BETWEEN ? AND ?`;

function countTaken(
  db: Database,
  { network, family, from, to }: { readonly network: string; readonly family: Family; readonly from: bigint; readonly to: bigint },
): number {
  const row = db
    .query<{ taken: number }, [string, string, string]>(countQuery(family))
    .get(network, digitsOf(from, family), digitsOf(to, family));
  return row?.taken ?? 0;
}

/** An address that was asked for. */
function requireFree(db: Database, network: Network, address: IpAddress): void {
  const family = familyOf(address);
  const subnet = network.subnets.find(({ prefix }) => isIn(address, prefix));
  if (subnet === undefined) {
    const have = network.subnets.map(({ prefix }) => prefix).join(", ") || "none";
    throw new TeuError("invalid", `network ${network.name}: no configured subnet contains IP address ${address}; it has ${have}`);
  }
  const taken = (by: string) => new TeuError("conflict", `network ${network.name}: address ${address} is already in use: ${by}`);
  if (subnet.gateway === address) throw taken("it is the gateway");
  const [kept] = Object.entries(subnet.reserved).find(([, other]) => other === address) ?? [];
  if (kept !== undefined) throw taken(`it is reserved for ${kept}`);
  const { first, last } = choiceOf({ prefix: subnet.prefix });
  const number = numberOf(address);
  if (number < first || number > last) throw taken("it is the network's own or its broadcast address");
  const holder = db
    .query<{ name: string }, [string, string]>(
      `SELECT name FROM containers WHERE id = (SELECT container FROM endpoints WHERE network = ? AND ${COLUMN[family]} = ?)`,
    )
    .get(network.id, addressDigits(address));
  if (holder !== null) throw taken(`container ${holder.name} has it`);
}

function insertEndpoint(db: Writer, endpoint: Endpoint, { name }: Network): void {
  const { container, network, id, ordinal, interface: inside, hostInterface = null, mac, ipv4, ipv6 } = endpoint;
  const digits = (address: IpAddress | undefined) => (address === undefined ? null : addressDigits(address));
  const { changes } = db
    .query("INSERT INTO endpoints VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
    .run(container, network, id, ordinal, inside, hostInterface, mac, digits(ipv4), digits(ipv6));
  if (changes === 0) throw new TeuError("conflict", `network ${name}: an address of container ${container} is already in use`);
}

function insertNames(db: Writer, { network, container }: Endpoint, names: readonly string[]): void {
  for (const name of new Set(names.map((text) => text.toLowerCase())))
    db.query("INSERT INTO endpoint_names VALUES (?, ?, ?)").run(network, name, container);
}

/** Other names from now on, of a container that runs: it was renamed. */
export function replaceNames(db: Writer, endpoint: Endpoint, names: readonly string[]): void {
  db.query("DELETE FROM endpoint_names WHERE container = ? AND network = ?").run(endpoint.container, endpoint.network);
  insertNames(db, endpoint, names);
}

/** How others find an endpoint, lower case. */
export function namesOf(db: Database, { container, network }: Pick<Endpoint, "container" | "network">): string[] {
  return db
    .query<{ name: string }, [string, string]>("SELECT name FROM endpoint_names WHERE container = ? AND network = ? ORDER BY name")
    .all(container, network)
    .map(({ name }) => name);
}

/** Gives up all places of a container, or the one in a network; the result is what it had. */
export function dropEndpoints(db: Writer, container: string, network?: string): Endpoint[] {
  const rows =
    network === undefined
      ? db.query<StoredEndpoint, [string]>("DELETE FROM endpoints WHERE container = ? RETURNING *").all(container)
      : db
          .query<StoredEndpoint, [string, string]>("DELETE FROM endpoints WHERE container = ? AND network = ? RETURNING *")
          .all(container, network);
  return rows.map(endpointOf);
}

/** In the order in which the container got them. */
export function endpointsOf(db: Database, container: string): Endpoint[] {
  return db.query<StoredEndpoint, [string]>("SELECT * FROM endpoints WHERE container = ? ORDER BY ordinal").all(container).map(endpointOf);
}

export interface Member extends Endpoint {
  /** The container's. */
  readonly name: string;
}

/** What somebody else has chosen for an endpoint: the plugins of CNI. @throws TeuError `conflict` for an address that another has */
export function settleAddresses(db: Writer, { id, mac, ipv4, ipv6 }: Endpoint): void {
  const digits = (address: IpAddress | undefined) => (address === undefined ? null : addressDigits(address));
  try {
    db.query("UPDATE endpoints SET mac = ?, ipv4 = ?, ipv6 = ? WHERE id = ?").run(mac, digits(ipv4), digits(ipv6), id);
  } catch (cause) {
    if (cause instanceof Error && cause.message.startsWith("UNIQUE"))
      throw new TeuError("conflict", `${[ipv4, ipv6].filter(Boolean).join(", ")}: another container of the network has this address`, {
        cause,
      });
    throw cause;
  }
}

/** Who is in a network, by the names of containers. */
export function endpointsIn(db: Database, network: string): Member[] {
  return db
    .query<StoredEndpoint & { name: string }, [string]>(
      `SELECT endpoints.*, containers.name FROM endpoints INDEXED BY endpoints_ipv4 JOIN containers ON containers.id = container
       WHERE network = ? ORDER BY containers.name`,
    )
    .all(network)
    .map(({ name, ...stored }) => ({ ...endpointOf(stored), name }));
}

/** The ids of all networks that a container runs in. */
export function usedNetworks(db: Database): ReadonlySet<string> {
  const rows = db.query<{ network: string }, []>("SELECT DISTINCT network FROM endpoints").all();
  return new Set(rows.map(({ network }) => network));
}

/** Ids of the containers that have a place in any network. */
export function placedContainers(db: Database): string[] {
  return db
    .query<{ container: string }, []>("SELECT DISTINCT container FROM endpoints")
    .all()
    .map(({ container }) => container);
}

/** The host's ends of all containers' cables. */
export function hostInterfaces(db: Database): ReadonlySet<string> {
  const rows = db.query<{ name: string }, []>("SELECT host_interface AS name FROM endpoints WHERE host_interface IS NOT NULL").all();
  return new Set(rows.map(({ name }) => name));
}
