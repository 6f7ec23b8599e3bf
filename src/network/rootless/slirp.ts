// The command line of slirp4netns(1), version 1.0 and later: IPv4, and IPv6 which it calls experimental. It stays in the foreground, and writes
// to a descriptor when the interface is up.
import { type JoinedNamespaces, UPLINK } from "./uplink.ts";

/** The addresses that it has of itself in its network: .2 is the gateway, .3 the resolver, .100 the namespace's. */
const NETWORK = "169.254.64.0/24";

export interface SlirpCommand {
  readonly program: string;
  readonly namespaces: JoinedNamespaces;
  /** Number of the descriptor that is written to when it is ready. */
  readonly ready: number;
}

export function slirpUplink({ program, namespaces: { user, network }, ready }: SlirpCommand): readonly [string, ...string[]] {
  return [
    program,
    "--configure",
    `--mtu=${UPLINK.mtu}`,
    `--cidr=${NETWORK}`,
    "--enable-ipv6",
    "--disable-host-loopback",
    `--ready-fd=${ready}`,
    "--netns-type=path",
    `--userns-path=${user}`,
    network,
    UPLINK.interface,
  ];
}
