// Command lines of slirp4netns(1), version 1.0 and later: IPv4, and IPv6 which it calls experimental. It stays in the foreground, writes to a
// descriptor when the interface is up, and ends when another one is closed.
import { type JoinedNamespaces, UPLINK } from "./uplink.ts";

/** The addresses that it has of itself in its network: .2 is the gateway, .3 the resolver, .100 the namespace's. */
const NETWORK = "169.254.64.0/24";

export interface SlirpCommand {
  readonly program: string;
  readonly namespaces: JoinedNamespaces;
  readonly interface: string;
  readonly ipv6: boolean;
  /** Number of the descriptor that is written to when it is ready. */
  readonly ready: number;
  /** `mtu=1500,cidr=…,allow_host_loopback=true`, as podman has them. */
  readonly options: readonly string[];
}

/** podman's words, and the flags that they stand for; those of our own defaults come first. */
const WORDS: Readonly<Record<string, (value: string) => readonly string[]>> = {
  mtu: (value) => [`--mtu=${value}`],
  cidr: (value) => [`--cidr=${value}`],
  outbound_addr: (value) => [`--outbound-addr=${value}`],
  outbound_addr6: (value) => [`--outbound-addr6=${value}`],
  enable_ipv6: (value) => (value === "true" ? ["--enable-ipv6"] : []),
  allow_host_loopback: (value) => (value === "true" ? [] : ["--disable-host-loopback"]),
};

export const SLIRP_OPTIONS = Object.keys(WORDS);

export function slirpCommand({ program, namespaces, interface: name, ipv6, ready, options }: SlirpCommand): readonly [string, ...string[]] {
  const defaults = new Map([
    ["mtu", String(UPLINK.mtu)],
    ["cidr", NETWORK],
    ["enable_ipv6", String(ipv6)],
    ["allow_host_loopback", "false"],
  ]);
  const given = options.map((option): [string, string] => {
    const at = option.indexOf("=");
    return at < 0 ? [option, "true"] : [option.slice(0, at), option.slice(at + 1)];
  });
  const flags = [...new Map([...defaults, ...given])].flatMap(([word, value]) => WORDS[word]?.(value) ?? []);
  return [
    program,
    "--configure",
    ...flags,
    `--ready-fd=${ready}`,
    "--netns-type=path",
    `--userns-path=${namespaces.user}`,
    namespaces.network,
    name,
  ];
}
