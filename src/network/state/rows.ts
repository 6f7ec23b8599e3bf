// The rows of networks, with what each has of the addresses.
import type { Database } from "bun:sqlite";
import type { Writer } from "../../base/database.ts";
import { TeuError } from "../../base/errors.ts";
import { type Family, familyOf } from "../address/address.ts";
import { digitsOf, type Span, spanOf } from "../ipam/span.ts";
import { isBridged, type Network } from "../model/network.ts";
import { readNetwork } from "../model/read.ts";

interface StoredNetwork {
  id: string;
  document: string;
}

const COLUMNS = "SELECT id, document FROM networks";

function networkOf({ id, document }: StoredNetwork): Network {
  return readNetwork(document, id);
}

/** The network of this whole id; undefined where there is none. */
export function networkById(db: Database, id: string): Network | undefined {
  const row = db.query<StoredNetwork, [string]>(`${COLUMNS} WHERE id = ?`).get(id);
  return row === null ? undefined : networkOf(row);
}

/** The network of this name; undefined where there is none. */
export function networkByName(db: Database, name: string): Network | undefined {
  const row = db.query<StoredNetwork, [string]>(`${COLUMNS} WHERE name = ?`).get(name);
  return row === null ? undefined : networkOf(row);
}

/** At most two of the networks whose ids begin so: more is not needed to see that one is not enough. `prefix` is hexadecimal. */
export function networksBeginning(db: Database, prefix: string): Network[] {
  return db.query<StoredNetwork, [string, string]>(`${COLUMNS} WHERE id >= ? AND id < ? LIMIT 2`).all(prefix, `${prefix}g`).map(networkOf);
}

/** In the order of their names. */
export function allNetworks(db: Database): Network[] {
  return db.query<StoredNetwork, []>(`${COLUMNS} ORDER BY name`).all().map(networkOf);
}

/** Names and ids, whatever their documents are like. */
export function namesOfNetworks(db: Database): readonly { readonly id: string; readonly name: string }[] {
  return db.query<{ id: string; name: string }, []>("SELECT id, name FROM networks ORDER BY name").all();
}

/** @throws TeuError `conflict` where the name, the interface or an address is another's */
export function insertNetwork(db: Writer, network: Network): void {
  const { id, name, interface: bridge, created, subnets } = network;
  const holder = db.query<{ id: string }, [string]>("SELECT id FROM networks WHERE name = ?").get(name);
  if (holder !== null) throw new TeuError("conflict", `network with name ${name} already exists: ${holder.id}`);
  const own = ownInterface(network);
  const other = own === undefined ? null : db.query<{ name: string }, [string]>("SELECT name FROM networks WHERE interface = ?").get(own);
  if (other !== null) throw new TeuError("conflict", `create network ${name}: the interface ${bridge} is that of network ${other.name}`);
  db.query("INSERT INTO networks VALUES (?, ?, ?, ?, ?)").run(id, name, own ?? null, Date.parse(created), JSON.stringify(network));
  for (const { prefix } of subnets) {
    const overlapping = networkOverlapping(db, prefix);
    if (overlapping !== undefined) {
      const { name: theirs, prefix: taken } = overlapping;
      throw new TeuError("conflict", `create network ${name}: subnet ${prefix} overlaps ${taken} of network ${theirs}; choose another one`);
    }
    const [family, { first, last }] = [familyOf(prefix), spanOf(prefix)];
    db.query("INSERT INTO subnets VALUES (?, ?, ?, ?)").run(family, digitsOf(first, family), digitsOf(last, family), id);
  }
}

/** The interface that is made for it; a parent is somebody else's, and several networks may have it. */
function ownInterface(network: Network): string | undefined {
  return isBridged(network) ? network.interface : undefined;
}

/** The network that has an address of this prefix. */
export function networkOverlapping(db: Database, prefix: string): { readonly name: string; readonly prefix: string } | undefined {
  const [family, { first, last }] = [familyOf(prefix), spanOf(prefix)];
  // As none of them overlap, the last that begins before the end is the one to look at.
  const row = db
    .query<{ last: string; network: string }, [number, string]>(
      "SELECT last, network FROM subnets WHERE family = ? AND first <= ? ORDER BY first DESC LIMIT 1",
    )
    .get(family, digitsOf(last, family));
  if (row === null || row.last < digitsOf(first, family)) return undefined;
  const network = networkById(db, row.network);
  const theirs = network?.subnets.find((subnet) => digitsOf(spanOf(subnet.prefix).last, family) === row.last);
  return { name: network?.name ?? row.network, prefix: theirs?.prefix ?? "addresses" };
}

/** All that networks have of the addresses of a family, in order. */
export function takenSpans(db: Database, family: Family): Span[] {
  return db
    .query<{ first: string; last: string }, [number]>("SELECT first, last FROM subnets WHERE family = ? ORDER BY first")
    .all(family)
    .map(({ first, last }) => ({ first: BigInt(`0x${first}`), last: BigInt(`0x${last}`) }));
}

/** Of a network that nobody is in: endpoints keep it. */
export function deleteNetworkRow(db: Writer, id: string): boolean {
  return db.query("DELETE FROM networks WHERE id = ?").run(id).changes > 0;
}

/** What was chosen once, and is chosen now where it was not. */
export function chosenOnce(db: Writer, name: string, choose: () => string): string {
  const row = db.query<{ value: string }, [string]>("SELECT value FROM network_choices WHERE name = ?").get(name);
  if (row !== null) return row.value;
  const value = choose();
  db.query("INSERT INTO network_choices VALUES (?, ?)").run(name, value);
  return value;
}

/** A container asks for a network, whether or not it runs. */
export function attach(db: Writer, container: string, network: string): void {
  db.query("INSERT INTO attachments VALUES (?, ?) ON CONFLICT DO NOTHING").run(container, network);
}

/** It does so no more. */
export function detach(db: Writer, container: string, network: string): void {
  db.query("DELETE FROM attachments WHERE container = ? AND network = ?").run(container, network);
}

/** The ids of containers that ask for a network, running or not. */
export function attachedTo(db: Database, network: string): string[] {
  return db
    .query<{ container: string }, [string]>("SELECT container FROM attachments WHERE network = ? ORDER BY container")
    .all(network)
    .map(({ container }) => container);
}
