// To whom a packet is followed: an address, a container, a name that the host's resolver knows, or somewhere outside.
import { TeuError } from "../../../base/errors.ts";
import { addressBytes, familyOf, formatAddress, type IpAddress } from "../../../network/address/address.ts";
import type { Member } from "../../../network/state/endpoints.ts";
import type { TracedInterface } from "../../../network/trace/facts.ts";

/** `HOST:PORT`, taken apart. */
export interface TraceTarget {
  readonly host: string;
  readonly port?: number;
}

/** A container's place, and what its network is called. */
export interface NamedMember {
  readonly member: Member;
  readonly network: string;
}

/** Addresses for documentation (RFC 5737, RFC 3849): nobody has them, and they are outside everywhere. */
const SOMEWHERE: readonly string[] = ["192.0.2.1", "2001:db8::1"];

export interface Asked {
  readonly address: IpAddress;
  readonly name?: string;
}

/** Of the families that the container has. */
export function somewhere(interfaces: readonly TracedInterface[]): readonly Asked[] {
  const families = new Set(interfaces.flatMap(({ addresses }) => addresses.map(familyOf)));
  return SOMEWHERE.flatMap((text) => (families.size === 0 || families.has(familyOf(text)) ? [addressOf(text)] : []));
}

function addressOf(text: string): Asked {
  const bytes = addressBytes(text);
  if (bytes === undefined) throw new TeuError("internal", `${text} is no address`);
  return { address: formatAddress(bytes) };
}

/** An address, a container by its name, or what the host's resolver says. Of a container those in a network with this one come first. */
export async function lookedUp({ host }: TraceTarget, members: readonly NamedMember[], self: string): Promise<readonly Asked[]> {
  if (addressBytes(host) !== undefined) return [addressOf(host)];
  const own = new Set(members.flatMap(({ member }) => (member.container === self ? [member.network] : [])));
  const named = members.flatMap(({ member }) => (member.name === host ? [member] : []));
  const near = named.filter(({ network }) => own.has(network));
  const found = (near.length > 0 ? near : named).flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6].flatMap((address) => address ?? []));
  if (found.length > 0) return found.map((address) => ({ address, name: host }));
  const { lookup } = await import("node:dns/promises");
  try {
    return (await lookup(host, { all: true })).map(({ address }) => ({ ...addressOf(address), name: host }));
  } catch (cause) {
    throw new TeuError("not-found", `${host}: no container of this name, and the host's resolver does not know it`, { cause });
  }
}
