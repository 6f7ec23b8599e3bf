// Flags about the network of a container: where it is connected, what leads to it, and what its resolver is told.
import type { NetworkMode, NetworkSettings } from "../../../containers/document/network.ts";
import { MOST_PORTS, type PortRequest } from "../../../network/model/port.ts";
import { parseExpose, parsePublish } from "../../../network/ports/parse.ts";
import type { Flags, FlagValues } from "../../command.ts";
import type { Problems } from "../flag-problems.ts";
import { withOwnFlags } from "./attachment-flags.ts";
import type { IDENTITY_FLAGS } from "./identity.ts";
import { networkMode } from "./network-mode.ts";
import { extraHost, isAddress } from "./network-values.ts";

// biome-ignore format: table
export const NETWORK_FLAGS = {
  "add-host":      { type: "string", multiple: true, value: "NAME:ADDRESS", summary: "Add a line to /etc/hosts; the address host-gateway is the host's" },
  dns:             { type: "string", multiple: true, value: "ADDRESS", summary: "A name server" },
  "dns-option":    { type: "string", also: "dns-opt", multiple: true, value: "OPTION", summary: "An option of the resolver (ndots:2)" },
  "dns-search":    { type: "string", multiple: true, value: "DOMAIN", summary: "A domain that short names are looked up in; . is none" },
  expose:          { type: "string", multiple: true, value: "PORT[-PORT][/PROTOCOL]", summary: "Note a port that the program listens at" },
  ip:              { type: "string", value: "ADDRESS", summary: "Its IPv4 address in its first network" },
  ip6:             { type: "string", value: "ADDRESS", summary: "Its IPv6 address in its first network" },
  link:            { type: "string", multiple: true, value: "CONTAINER[:ALIAS]", summary: "Reach another container of its first network by this name" },
  "mac-address":   { type: "string", value: "MAC", summary: "The hardware address of its first interface" },
  network:         { type: "string", also: "net", multiple: true, value: "MODE", completes: "networks", summary: "A network (NAME, NAME:ip=…,alias=… or name=NAME,ip=…), none, host, container:NAME, ns:PATH, private, pasta or slirp4netns" },
  "network-alias": { type: "string", also: "net-alias", multiple: true, value: "NAME", summary: "Another name of it in its first network" },
  "network-rate":  { type: "string", value: "in=SIZE,out=SIZE", summary: "Bytes a second that it may receive and send in each of its networks" },
  publish:         { type: "string", short: "p", multiple: true, value: "[[ADDRESS:]PORT:]PORT[/PROTOCOL]", summary: "A port of the host that leads to one of its own" },
  "publish-all":   { type: "boolean", short: "P", summary: "Free ports of the host lead to all that it exposes" },
} as const satisfies Flags;

type NetworkValues = FlagValues<typeof NETWORK_FLAGS & Pick<typeof IDENTITY_FLAGS, "hostname" | "domainname">>;

/**
 * The image's ports are not yet among those exposed, and networks and containers still go by their names.
 * @param usual what `--network` is where it is not given
 */
export function networkOf(flags: NetworkValues, problems: Problems, usual: string): NetworkSettings {
  const mode = withOwnFlags(networkMode(flags.network ?? [usual], problems), flags, problems);
  if (mode.kind === "container") refuseOwnSettings(flags, problems);
  for (const address of flags.dns ?? []) if (!isAddress(address)) problems.refuse("--dns", `${address} is not an IP address`);
  for (const flag of ["dns-search", "dns-option"] as const)
    for (const word of flags[flag] ?? [])
      if (!RESOLVER_WORD.test(word)) problems.refuse(`--${flag}`, `${JSON.stringify(word)} is no word of resolv.conf`);
  return {
    mode,
    exposed: [...new Set(problems.takeEach("--expose", flags.expose, parseExpose).flat())],
    ports: publishedPorts("--publish", flags.publish, problems),
    publishAll: flags["publish-all"] === true,
    dns: flags.dns ?? [],
    dnsSearch: flags["dns-search"] ?? [],
    dnsOptions: flags["dns-option"] ?? [],
    extraHosts: (flags["add-host"] ?? []).flatMap((text) => extraHost(text, problems)),
  };
}

/** A line's next word, and no line more; as long as the C library takes one. */
const RESOLVER_WORD = /^[!-~]{1,255}$/;

/** What of a mode is looked up before there is a container. */
export function namesOthers(mode: NetworkMode): boolean {
  return mode.kind === "container" || (mode.kind === "networks" && mode.attachments.some(({ links }) => links.length > 0));
}

/** The same port asked for twice is one. */
export function publishedPorts(flag: string, texts: readonly string[] | undefined, problems: Problems): PortRequest[] {
  const all = problems.takeEach(flag, texts, parsePublish).flat();
  if (all.length > MOST_PORTS) {
    problems.refuse(flag, `${all.length} ports are too many: a container can have ${MOST_PORTS} at most`);
    return [];
  }
  return [...new Map(all.map((port) => [JSON.stringify(port), port])).values()];
}

/** What belongs to the container whose network it is: docker's words. */
function refuseOwnSettings(flags: NetworkValues, problems: Problems): void {
  const rows = [
    ["hostname", "hostname and the network mode"],
    ["dns", "dns and the network mode"],
    ["dns-search", "dns and the network mode"],
    ["dns-option", "dns and the network mode"],
    ["add-host", "custom host-to-IP mapping and the network mode"],
    ["expose", "port exposing and the container type network mode"],
    ["publish", "port publishing and the container type network mode"],
    ["publish-all", "port publishing and the container type network mode"],
  ] as const;
  for (const [flag, what] of rows) if (flags[flag] !== undefined) problems.refuse(`--${flag}`, `conflicting options: ${what}`);
}
