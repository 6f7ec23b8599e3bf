// Names, numbers and MAC addresses of what teu makes in the kernel: all can be computed from the engine's tag and from ids, so that messages can
// name a thing before it is there, and whoever comes later knows whose it is.
import type { IpAddress } from "../address/address.ts";

/** The container's interfaces have these indices in its namespace, by their order: so routes can be encoded before there is an interface. */
export const INSIDE_INDEX = 1000;

/** Linux takes any index below 2^31; those that it gives by itself are small. */
const OWN_INDICES = 0x4000_0000;
const INDEX_MASK = 0x3fff_ffff;

/** The index of a link of ours in the host's namespace. @param of something that no other link of ours is */
export function ownIndex(of: string): number {
  return OWN_INDICES | (Number.parseInt(digest(of).slice(0, 8), 16) & INDEX_MASK);
}

/** What the host's end of an endpoint's cable is called: as long as IFNAMSIZ lets it be. */
export const hostEndOf = (endpoint: string): string => `veth${endpoint.slice(0, 11)}`;
/** Such a name. */
export const HOST_END = /^veth[\da-f]{11}$/;

/** What is written on every link of ours: which engine's it is, and for what, by id. */
export function linkAlias(tag: string, owner: string): string {
  return `teu:${tag}:${owner}`;
}

/** The id that a link's alias of this engine names. */
export function ownerOf(tag: string, alias: string | undefined): string | undefined {
  const prefix = linkAlias(tag, "");
  return alias?.startsWith(prefix) ? alias.slice(prefix.length) : undefined;
}

/** Locally administered, for one of `of` alone. */
export function ownMac(of: string): string {
  return `02:${digest(of)
    .slice(0, 10)
    .replace(/..(?=.)/g, "$&:")}`;
}

/** The pair of links by which first packets for published ports come back from the host's firewall. */
export interface Gate {
  /** Where copies of packets go out … */
  readonly out: { readonly name: string; readonly index: number; readonly mac: string };
  /** … and come in again. */
  readonly in: {
    readonly name: string;
    readonly index: number;
    /** That of the engine's bridges, too: a frame of theirs that is sent here is taken. */
    readonly mac: string;
    readonly ipv4: IpAddress;
    /** What `::1` is rewritten to. */
    readonly ipv6: IpAddress;
  };
  /** What copies are sent to; behind `out` by a permanent neighbour, so that nobody is asked. */
  readonly next: { readonly ipv4: IpAddress; readonly ipv6: IpAddress };
  /** Of the route by which answers to `::1` are let in: two engines' routes differ by it. */
  readonly metric: number;
}

const METRICS = { first: 2048, count: 0x10_0000 } as const;

/** Numbers of the link-local range 169.254.0.0/16 that nothing else is known to use, a pair an engine. */
const PAIRS = 100;

/** What an end of the gate is called. */
export const gateName = (tag: string, end: 0 | 1): string => (tag.includes("-") ? `${tag}g${end}` : `${tag}-gate${end}`);

/** The gate of an engine. */
export function gateOf(tag: string): Gate {
  const hex = digest(tag);
  const number = Number.parseInt(hex.slice(0, 8), 16);
  const pair = (tag.includes("-") ? number % PAIRS : 0) * 2;
  const ula = `fd74:6575:${hex.slice(0, 4)}:${hex.slice(4, 8)}`.replace(/:0+(?=[\da-f])/g, ":");
  return {
    out: { name: gateName(tag, 0), index: ownIndex(`${tag} gate out`), mac: ownMac(`${tag} gate`) },
    in: {
      name: gateName(tag, 1),
      index: ownIndex(`${tag} gate in`),
      mac: ownMac(tag),
      ipv4: `169.254.77.${pair + 1}` as IpAddress,
      ipv6: `${ula}::1` as IpAddress,
    },
    next: { ipv4: `169.254.77.${pair + 2}` as IpAddress, ipv6: `${ula}::2` as IpAddress },
    metric: METRICS.first + (number % METRICS.count),
  };
}

function digest(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}
