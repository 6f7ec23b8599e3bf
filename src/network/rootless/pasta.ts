// Command lines of pasta(1), for the version of March 2023 (Debian 12) and later ones. All of them have it go to the background when the
// interface is there, and end when the link by which it knows the network namespace is removed: it watches the link's directory.
import type { PublishedPort } from "../model/port.ts";
import { type JoinedNamespaces, UPLINK } from "./uplink.ts";

export interface PastaCommand {
  /** Path of the program. */
  readonly program: string;
  readonly namespaces: JoinedNamespaces;
  /** It writes its process id there. */
  readonly pidFile: string;
}

/** Nothing of the host's loopback can be reached from inside, and no port is opened unasked for in either direction. */
const CLOSED = ["--no-map-gw", "-T", "none", "-U", "none"] as const;

/** The way out of the namespace of bridge networks. */
export function pastaUplink(command: PastaCommand): readonly [string, ...string[]] {
  return [
    ...common(command),
    ...CLOSED,
    ...["-I", UPLINK.interface, "-m", String(UPLINK.mtu)],
    ...["-a", UPLINK.ipv4, "-n", String(UPLINK.prefixLength), "-g", UPLINK.gateway],
    ...["-a", UPLINK.ipv6, "-g", UPLINK.gateway6],
    ...["--dns-forward", UPLINK.resolver, "-t", "none", "-u", "none"],
  ];
}

export interface PrivatePasta extends PastaCommand {
  /** The container's interface. */
  readonly interface: string;
  readonly ports: readonly Pick<PublishedPort, "address" | "port" | "target" | "protocol">[];
  /** What the user adds: `--network pasta:-4,--mtu,1500`; the last word of an option counts. */
  readonly options: readonly string[];
}

/** The way out of one container's own namespace: it has the host's addresses, and peers see no difference. */
export function pastaPrivate({ interface: name, ports, options, ...command }: PrivatePasta): readonly [string, ...string[]] {
  const given = new Set(options);
  const unless = (flags: readonly string[], defaults: readonly string[]) => (flags.some((flag) => given.has(flag)) ? [] : defaults);
  return [
    ...common(command),
    ...unless(["--map-gw"], ["--no-map-gw"]),
    ...unless(["-T", "--tcp-ns"], ["-T", "none"]),
    ...unless(["-U", "--udp-ns"], ["-U", "none"]),
    ...unless(["-I", "--ns-ifname"], ["-I", name]),
    ...unless(["--dns-forward"], ["--dns-forward", UPLINK.resolver]),
    ...unless(["-t", "--tcp-ports"], forwards("-t", "tcp", ports)),
    ...unless(["-u", "--udp-ports"], forwards("-u", "udp", ports)),
    ...options.filter((option) => option !== "--map-gw"),
  ];
}

function common({ program, namespaces, pidFile }: PastaCommand): [string, ...string[]] {
  return [program, "--quiet", "--config-net", "--userns", namespaces.user, "--netns", namespaces.network, "--pid", pidFile];
}

/**
 * A `-t` or `-u` for each port, so that each must be had (of a list, pasta is content with any): `8080:80`, `127.0.0.1/8080:80`. All addresses
 * of both families are one of them, as a port of `::` takes IPv4's, too.
 */
function forwards(flag: string, protocol: string, ports: PrivatePasta["ports"]): string[] {
  const wanted = ports.filter((port) => port.protocol === protocol);
  const has = (address: string, { port, target }: (typeof wanted)[number]) =>
    wanted.some((other) => other.address === address && other.port === port && other.target === target);
  const specs = wanted.flatMap((port) => {
    const mapped = `${port.port}:${port.target}`;
    if (port.address === "::" && has("0.0.0.0", port)) return [];
    return [port.address === "0.0.0.0" && has("::", port) ? mapped : `${port.address}/${mapped}`];
  });
  return specs.length === 0 ? [flag, "none"] : specs.flatMap((spec) => [flag, spec]);
}
