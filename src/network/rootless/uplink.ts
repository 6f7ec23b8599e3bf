// The way out of a user's network namespace: one interface, made by pasta(1) or slirp4netns(1), which send what comes there from sockets of
// the user's. Its addresses mean nothing outside of the namespace, so that they are the same for everybody: containers reach all addresses
// of the host, as none of them is in use inside.

export const UPLINK = {
  interface: "uplink",
  /** The namespace's own. */
  ipv4: "169.254.64.2",
  prefixLength: 24,
  gateway: "169.254.64.1",
  /** Queries to port 53 of it (UDP) go to the host's first resolver, also to one on its loopback. */
  resolver: "169.254.64.3",
  /** `teu` in hexadecimal digits, in the first of the networks of RFC 4193. */
  ipv6: "fd74:6575::2",
  gateway6: "fe80::1",
  /** The largest that both programs take: they copy from and to sockets, and large pieces are cheap. */
  mtu: 65520,
} as const;

export const UPLINK_PROGRAMS = ["pasta", "slirp4netns"] as const;
export type UplinkProgram = (typeof UPLINK_PROGRAMS)[number];

/** A pasta that is older leaves connections to other hosts at 2 % of what slirp4netns does (measured with that of Debian 12: 120 Mbit/s). */
const PASTA_SINCE = 20240101;

/** Which to try first: pasta, unless it is an old one. @param version what `pasta --version` prints; Debian 12's does not know its own */
export function uplinkOrder(version: string | undefined): readonly UplinkProgram[] {
  const [, year = "", month = "", day = ""] = /(20\d\d)[_-]?(\d\d)[_-]?(\d\d)/.exec(version ?? "") ?? [];
  return Number(`${year}${month}${day}`) >= PASTA_SINCE ? ["pasta", "slirp4netns"] : ["slirp4netns", "pasta"];
}

/** Debian's package of each, for those who have neither. */
export const UPLINK_PACKAGES: Readonly<Record<UplinkProgram, string>> = { pasta: "passt", slirp4netns: "slirp4netns" };

/** The namespaces that a program is to join, as paths that mean them as long as it starts. */
export interface JoinedNamespaces {
  readonly user: string;
  readonly network: string;
}
