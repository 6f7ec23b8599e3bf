// Flags about the network of a container, as far as it needs no driver: which namespace it has, and what its resolver is told.
import type { NetworkMode, NetworkSettings } from "../../../containers/document/network.ts";
import type { Flags, FlagValues } from "../../command.ts";
import type { Problems } from "../flag-problems.ts";
import type { IDENTITY_FLAGS } from "./identity.ts";

// biome-ignore format: table
export const NETWORK_FLAGS = {
  "add-host":   { type: "string", multiple: true, value: "NAME:ADDRESS", summary: "Add a line to /etc/hosts" },
  dns:          { type: "string", multiple: true, value: "ADDRESS", summary: "A name server" },
  "dns-option": { type: "string", also: "dns-opt", multiple: true, value: "OPTION", summary: "An option of the resolver (ndots:2)" },
  "dns-search": { type: "string", multiple: true, value: "DOMAIN", summary: "A domain that short names are looked up in; . is none" },
  expose:       { type: "string", multiple: true, value: "PORT[-PORT][/PROTOCOL]", summary: "Note a port that the program listens at" },
  network:      { type: "string", also: "net", multiple: true, value: "MODE", summary: "none (loopback only, the default), host, container:NAME or ns:PATH" },
} as const satisfies Flags;

type NetworkValues = FlagValues<typeof NETWORK_FLAGS & Pick<typeof IDENTITY_FLAGS, "hostname" | "domainname">>;

/** The image's ports are not yet among those exposed. */
export function networkOf(flags: NetworkValues, problems: Problems): NetworkSettings {
  const [first = "none", ...more] = flags.network ?? [];
  if (more.length > 0) problems.refuse("--network", `${more.join(", ")}: a container of this build has one network`);
  const mode = networkMode(first, problems);
  if (mode.kind === "container") refuseOwnSettings(flags, problems);
  for (const address of flags.dns ?? []) if (!isAddress(address)) problems.refuse("--dns", `${address} is not an IP address`);
  return {
    mode,
    exposed: [...new Set((flags.expose ?? []).flatMap((text) => portsOf(text, problems)))],
    ports: [],
    publishAll: false,
    dns: flags.dns ?? [],
    dnsSearch: flags["dns-search"] ?? [],
    dnsOptions: flags["dns-option"] ?? [],
    extraHosts: (flags["add-host"] ?? []).flatMap((text) => hostOf(text, problems)),
  };
}

function networkMode(text: string, problems: Problems): NetworkMode {
  if (text === "none" || text === "private" || text === "default" || text === "") return { kind: "none" };
  if (text === "host") return { kind: "host" };
  const [, kind, rest = ""] = /^(container|ns):(.+)$/s.exec(text) ?? [];
  if (kind === "container") return { kind: "container", id: rest };
  if (kind === "ns" && rest.startsWith("/")) return { kind: "namespace", path: rest };
  problems.refuse(
    "--network",
    kind === "ns"
      ? `${rest} is not the absolute path of a network namespace`
      : `${text} takes networks, which this build does not have: there are none, host, container:NAME and ns:PATH`,
  );
  return { kind: "none" };
}

/** What belongs to the container whose network it is: docker's words. */
function refuseOwnSettings(flags: NetworkValues, problems: Problems): void {
  const rows = [
    ["hostname", "hostname"],
    ["dns", "dns"],
    ["dns-search", "dns"],
    ["dns-option", "dns"],
    ["add-host", "custom host-to-IP mapping"],
    ["expose", "port exposing"],
  ] as const;
  for (const [flag, what] of rows)
    if (flags[flag] !== undefined) problems.refuse(`--${flag}`, `conflicting options: ${what} and the network mode`);
}

const OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);

/** Without node:net, which costs a millisecond to load. */
function isAddress(text: string): boolean {
  return IPV4.test(text) || (/^[\da-f:.]+$/i.test(text) && text.includes(":") && URL.canParse(`http://[${text}]/`));
}

/** `NAME:ADDRESS` or `NAME=ADDRESS`; an IPv6 address may stand in brackets. As `NAME:ADDRESS`. */
function hostOf(text: string, problems: Problems): string[] {
  const [, name, given = ""] = /^([^:=\s]+)[:=](.+)$/.exec(text) ?? [];
  const address = given.replace(/^\[(.*)\]$/, "$1");
  if (name !== undefined && isAddress(address)) return [`${name}:${address}`];
  problems.refuse(
    "--add-host",
    address === "host-gateway"
      ? "host-gateway takes a network between host and container, which this build does not have"
      : `${JSON.stringify(text)} is not NAME:ADDRESS with an IP address`,
  );
  return [];
}

const LARGEST_PORT = 65_535;

/** `80`, `80/udp`, `3000-3002/tcp` → `80/tcp` and so on. */
function portsOf(text: string, problems: Problems): string[] {
  const [, first = "", last = first, protocol = "tcp"] = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/i.exec(text) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (first === "" || from < 1 || to < from || to > LARGEST_PORT) {
    problems.refuse("--expose", `${JSON.stringify(text)} is not PORT[-PORT][/tcp|udp|sctp]`);
    return [];
  }
  return Array.from({ length: to - from + 1 }, (_, index) => `${from + index}/${protocol.toLowerCase()}`);
}
