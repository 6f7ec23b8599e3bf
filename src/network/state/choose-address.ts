// Which address of a network a container gets. Whether it is free is counted by an index, so that a full network is as quick as an empty one.
import type { Database } from "bun:sqlite";
import { TeuError } from "../../base/errors.ts";
import { type Family, familyOf, formatAddress, fromNumber, type IpAddress, isIn } from "../address/address.ts";
import { firstFree } from "../ipam/first-free.ts";
import { addressDigits, choiceOf, digitsOf, numberOf, reservedIn, spanOf } from "../ipam/span.ts";
import type { Network } from "../model/network.ts";

/**
 * The one that was asked for, else the first free one; undefined where the network has none of this family, or plugins choose.
 * @throws TeuError `invalid` for an address that is not the network's, `conflict` for one that is taken, `unavailable` where none is free
 */
export function chooseAddress(db: Database, network: Network, family: Family, asked: IpAddress | undefined): IpAddress | undefined {
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

/**
 * The IPv6 address at the same place of its subnet as the other is of its own, where nobody has it. The MAC address is made of the other (claim-endpoints.ts): so
 * what neighbours remember of this one stays right as well.
 */
export function chooseCounterpart(db: Database, network: Network, ipv4: IpAddress | undefined): IpAddress | undefined {
  const own = ipv4 === undefined ? undefined : network.subnets.find(({ prefix }) => isIn(ipv4, prefix));
  const subnet = network.subnets.find(({ prefix }) => familyOf(prefix) === 6);
  if (ipv4 === undefined || own === undefined || subnet === undefined) return undefined;
  const number = spanOf(subnet.prefix).first + numberOf(ipv4) - spanOf(own.prefix).first;
  const { first, last } = choiceOf(subnet);
  if (number < first || number > last || reservedIn(subnet).includes(number)) return undefined;
  if (countTaken(db, { network: network.id, family: 6, from: number, to: number }) > 0) return undefined;
  return formatAddress(fromNumber(number, 6));
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
