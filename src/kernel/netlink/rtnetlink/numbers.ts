// Numbers that all messages of rtnetlink(7) share: <linux/rtnetlink.h>.

export const RTM = {
  NEWLINK: 16,
  DELLINK: 17,
  GETLINK: 18,
  NEWADDR: 20,
  DELADDR: 21,
  GETADDR: 22,
  NEWROUTE: 24,
  DELROUTE: 25,
  GETROUTE: 26,
  NEWNEIGH: 28,
  DELNEIGH: 29,
  GETNEIGH: 30,
  NEWRULE: 32,
  DELRULE: 33,
  GETRULE: 34,
  NEWQDISC: 36,
  DELQDISC: 37,
  NEWTFILTER: 44,
  DELTFILTER: 45,
} as const;

/** Address families of socket(2). */
export const AF = { UNSPEC: 0, INET: 2, BRIDGE: 7, INET6: 10 } as const;

/** Four or sixteen bytes, in network order. */
export function familyOf(address: Uint8Array): number {
  return address.length === 4 ? AF.INET : AF.INET6;
}

/** Addresses that begin with the same `prefixLength` bits: a destination of routes, or of rules. */
export interface AddressRange {
  /** Four bytes (IPv4) or sixteen (IPv6), in network order. */
  readonly address: Uint8Array;
  readonly prefixLength: number;
}
