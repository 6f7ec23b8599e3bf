// The rows of published ports: a port of an address is taken by a UNIQUE row; `all addresses` and one of them exclude each other.
import type { Database } from "bun:sqlite";
import type { Writer } from "../../base/database.ts";
import { TeuError } from "../../base/errors.ts";
import { bracketed, type Family, familyOf, type IpAddress } from "../address/address.ts";
import type { PortRequest, Protocol, PublishedPort } from "../model/port.ts";

export interface PortRules {
  /** Where a request that names no address is to be had; the host may have no IPv6. */
  readonly families: readonly Family[];
  /** From where a port is taken that no request names. */
  readonly range: { readonly first: number; readonly last: number };
  /** Whether a port that is chosen is nobody's on this host; one that was asked for is tried when it is taken. */
  isFree(port: { readonly address: IpAddress; readonly port: number; readonly protocol: Protocol }): boolean;
}

export const ANY_ADDRESS: Readonly<Record<Family, IpAddress>> = { 4: "0.0.0.0" as IpAddress, 6: "::" as IpAddress };

/**
 * Takes ports for a container whose row is there; the same request twice is one.
 * @throws TeuError `conflict` with the holder's name; `unavailable` where no port is free
 */
export function claimPorts(db: Writer, container: string, requests: readonly PortRequest[], rules: PortRules): PublishedPort[] {
  return requests.flatMap((request) => {
    const addresses = request.address === undefined ? rules.families.map((family) => ANY_ADDRESS[family]) : [request.address];
    const port = typeof request.port === "number" ? request.port : freePort(db, request, addresses, rules);
    return addresses.flatMap((address) => {
      const published = { container, address, port, target: request.target, protocol: request.protocol };
      return claimPort(db, published) ? [published] : [];
    });
  });
}

/** False where the container has just this already. */
function claimPort(db: Writer, { container, address, port, target, protocol }: PublishedPort): boolean {
  const holder = holderOf(db, { address, port, protocol });
  if (holder !== undefined) {
    if (holder.container === container && holder.address === address && holder.target === target) return false;
    const where = `${bracketed(address)}:${port}`;
    const by = holder.container === container ? "by another port of this container" : `by container ${holder.name}`;
    throw new TeuError("conflict", `Bind for ${where} failed: port is already allocated ${by} (${protocol})`);
  }
  db.query("INSERT INTO ports VALUES (?, ?, ?, ?, ?)").run(protocol, port, address, container, target);
  return true;
}

type Place = Pick<PublishedPort, "address" | "port" | "protocol">;

interface Holder {
  container: string;
  name: string;
  address: string;
  target: number;
}

function holderOf(db: Database, { address, port, protocol }: Place): Holder | undefined {
  const family = familyOf(address);
  const isAny = address === ANY_ADDRESS[family];
  return db
    .query<Holder, [string, number]>(
      "SELECT container, name, address, target FROM ports JOIN containers ON containers.id = container WHERE protocol = ? AND port = ?",
    )
    .all(protocol, port)
    .find((other) => familyOf(other.address) === family && (isAny || other.address === address || other.address === ANY_ADDRESS[family]));
}

/** One port for all the addresses: the first free one of a range that was asked for, else any. */
function freePort(
  db: Database,
  { port: asked, target, protocol }: PortRequest,
  addresses: readonly IpAddress[],
  { range, isFree }: PortRules,
): number {
  const { first, last } = typeof asked === "object" ? asked : range;
  const count = last - first + 1;
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
  const start = typeof asked === "object" ? 0 : random % count;
  for (let tries = 0; tries < count; tries++) {
    const port = first + ((start + tries) % count);
    const places = addresses.map((address) => ({ address, port, protocol }));
    if (places.every((place) => holderOf(db, place) === undefined && isFree(place))) return port;
  }
  throw new TeuError("unavailable", `publish port ${target}/${protocol}: no port from ${first} to ${last} is free`);
}

/** Gives up all ports of a container; the result is what it had. */
export function dropPorts(db: Writer, container: string): PublishedPort[] {
  return db.query<PublishedPort, [string]>("DELETE FROM ports WHERE container = ? RETURNING *").all(container);
}

/** Gives up one. False where it has it no more. */
export function dropPort(db: Writer, { container, protocol, port, address }: Omit<PublishedPort, "target">): boolean {
  return (
    db.query("DELETE FROM ports WHERE protocol = ? AND port = ? AND address = ? AND container = ?").run(protocol, port, address, container)
      .changes > 0
  );
}

/** By the container's port, protocol and the host's. */
export function portsOf(db: Database, container: string): PublishedPort[] {
  return db
    .query<PublishedPort, [string]>("SELECT * FROM ports WHERE container = ? ORDER BY target, protocol, port, address")
    .all(container);
}

/** Those of all containers. */
export function allPorts(db: Database): PublishedPort[] {
  return db.query<PublishedPort, []>("SELECT * FROM ports ORDER BY container, target, protocol, port, address").all();
}
