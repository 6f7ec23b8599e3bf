// What the host has of the addresses: routes and addresses of its interfaces, as prefixes that a network should not take. Pure: the kernel's tables
// come in as data.
import { type Family, familyOf, formatAddress, masked, overlap, type Prefix, splitPrefix } from "../address/address.ts";

export interface HostTables {
  readonly links: readonly { readonly index: number; readonly name: string }[];
  readonly addresses: readonly HostAddress[];
  readonly routes: readonly HostRoute[];
}

interface HostAddress {
  readonly index: number;
  readonly address: Uint8Array;
  readonly prefixLength: number;
}

interface HostRoute {
  readonly destination: { readonly address: Uint8Array; readonly prefixLength: number };
  readonly gateway?: Uint8Array;
  readonly index?: number;
  /** Undefined for one that has no name. */
  readonly type?: string | undefined;
}

export interface HostPrefix {
  readonly prefix: Prefix;
  /** `route 10.0.0.0/8 by tun0`, `address 10.1.0.1/24 of eth0`. */
  readonly what: string;
  /** Its addresses are at a cable of the host's own, not behind a gateway. */
  readonly near: boolean;
}

/** Of every host: loopback, link-local and multicast addresses. */
const EVERYWHERE = ["127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3", "::1/128", "fe80::/10", "ff00::/8"];

/** A shorter route is a way out, like the default route, and not a network: VPNs lay 0.0.0.0/1 and 128.0.0.0/1 over that one. */
const SHORTEST: Readonly<Record<Family, number>> = { 4: 8, 6: 16 };

export function hostPrefixes({ links, addresses, routes }: HostTables): HostPrefix[] {
  const names = new Map(links.map(({ index, name }) => [index, name]));
  const nameOf = (index: number | undefined) => (index === undefined ? undefined : (names.get(index) ?? `interface ${index}`));
  const found = [
    ...addresses.map(({ index, address, prefixLength }) => ({
      prefix: prefixOf(address, prefixLength),
      what: `address ${formatAddress(address)}/${prefixLength} of ${nameOf(index)}`,
      near: true,
    })),
    ...routes
      .filter(({ type }) => type !== "broadcast")
      .map(({ destination: { address, prefixLength }, gateway, index, type }) => {
        const prefix = prefixOf(address, prefixLength);
        const way = [
          ...(gateway === undefined ? [] : [`via ${formatAddress(gateway)}`]),
          ...(index === undefined ? [] : [`by ${nameOf(index)}`]),
        ];
        return { prefix, what: `route ${prefix} ${way.join(" ") || (type ?? "of the host")}`, near: gateway === undefined };
      }),
  ];
  return found.filter(({ prefix }) => isOfNote(prefix));
}

function prefixOf(address: Uint8Array, length: number): Prefix {
  return `${formatAddress(masked(address, length))}/${length}` as Prefix;
}

function isOfNote(prefix: Prefix): boolean {
  return splitPrefix(prefix).length >= SHORTEST[familyOf(prefix)] && !EVERYWHERE.some((other) => overlap(prefix, other));
}

/**
 * What stands in the way of a subnet that somebody has chosen: addresses near the host, and routes that are no wider than it. A wider one that leads
 * through a gateway does not: the narrower is taken first, which is what was asked for.
 */
export function inTheWay(subnet: Prefix, host: readonly HostPrefix[]): HostPrefix | undefined {
  const { length } = splitPrefix(subnet);
  return host.find(({ prefix, near }) => overlap(prefix, subnet) && (near || splitPrefix(prefix).length >= length));
}
