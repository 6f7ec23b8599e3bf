// The rows of endpoints: which addresses and names running containers have. An address is taken by a UNIQUE row.
import type { Database } from "bun:sqlite";
import type { Writer } from "../../base/database.ts";
import { TeuError } from "../../base/errors.ts";
import { type Family, formatAddress, type IpAddress } from "../address/address.ts";
import { addressDigits } from "../ipam/span.ts";
import type { Endpoint } from "../model/endpoint.ts";
import type { Network } from "../model/network.ts";

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

const storedAddress = (address: IpAddress | undefined): string | null => (address === undefined ? null : addressDigits(address));

/** @throws TeuError `conflict` for an address that another has */
export function insertEndpoint(db: Writer, endpoint: Endpoint, { name }: Network): void {
  const { container, network, id, ordinal, interface: inside, hostInterface = null, mac, ipv4, ipv6 } = endpoint;
  const { changes } = db
    .query("INSERT INTO endpoints VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
    .run(container, network, id, ordinal, inside, hostInterface, mac, storedAddress(ipv4), storedAddress(ipv6));
  if (changes === 0) throw new TeuError("conflict", `network ${name}: an address of container ${container} is already in use`);
}

/** What somebody else has chosen for an endpoint: the plugins of CNI. @throws TeuError `conflict` for an address that another has */
export function settleAddresses(db: Writer, { id, mac, ipv4, ipv6 }: Endpoint): void {
  try {
    db.query("UPDATE endpoints SET mac = ?, ipv4 = ?, ipv6 = ? WHERE id = ?").run(mac, storedAddress(ipv4), storedAddress(ipv6), id);
  } catch (cause) {
    if (cause instanceof Error && cause.message.startsWith("UNIQUE"))
      throw new TeuError("conflict", `${[ipv4, ipv6].filter(Boolean).join(", ")}: another container of the network has this address`, {
        cause,
      });
    throw cause;
  }
}

/** How others find it, in whatever case. */
export function insertNames(db: Writer, { network, container }: Endpoint, names: readonly string[]): void {
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
