// What a container's hosts(5) and resolv.conf(5) say, by its network. Pure.
import { isLinkLocal, isLoopback, parseResolvConf } from "../../network/dns/resolv-conf.ts";
import type { NetworkSettings } from "../document/network.ts";

const LOOPBACK = ["127.0.0.1\tlocalhost", "::1\tlocalhost ip6-localhost ip6-loopback", "ff02::1\tip6-allnodes", "ff02::2\tip6-allrouters"];

/** Whether it has these files: a directory of the caller's is left as it is where nothing was asked for that they say. */
export function asksForNames({ mode, dns, dnsSearch, dnsOptions, extraHosts }: NetworkSettings): boolean {
  return mode.kind === "networks" || mode.kind === "private" || [dns, dnsSearch, dnsOptions, extraHosts].some((list) => list.length > 0);
}

/**
 * The names of whose network it is hold where it is shared; else a container knows itself. Then what was added.
 * @param shared the file of the host, or of the container, whose network is shared
 */
export function hostsText(
  { extraHosts }: Pick<NetworkSettings, "extraHosts">,
  hostname: string | undefined,
  shared: string | undefined,
): string {
  const known = shared ?? lines([...LOOPBACK, ...(hostname === undefined ? [] : [`127.0.0.1\t${hostname}`])]);
  const added = extraHosts.map((entry) => {
    const at = entry.indexOf(":");
    return `${entry.slice(at + 1)}\t${entry.slice(0, at)}`;
  });
  return `${known}${known === "" || known.endsWith("\n") ? "" : "\n"}${lines(added)}`;
}

/** What was asked for stands in place of what the shared file says of the same; without a network there is nobody to ask. */
export function resolverText({ dns, dnsSearch, dnsOptions }: NetworkSettings, shared: string | undefined): string {
  const asked = [
    { word: "nameserver", given: dns.length > 0, rows: dns.map((address) => `nameserver ${address}`) },
    // docker's way to have none.
    { word: "search", given: dnsSearch.length > 0, rows: dnsSearch.includes(".") ? [] : [`search ${dnsSearch.join(" ")}`] },
    { word: "options", given: dnsOptions.length > 0, rows: [`options ${dnsOptions.join(" ")}`] },
  ].filter(({ given }) => given);
  if (asked.length === 0) return shared ?? "";
  const replaced = new Set(asked.map(({ word }) => word));
  const kept = (shared ?? "").split("\n").filter((line) => line.trim() !== "" && !replaced.has(wordOf(line)));
  return lines([...kept, ...asked.flatMap(({ rows }) => rows)]);
}

/** What a resolv.conf for networks is made from. */
export interface ResolverFacts {
  /** Of the container's networks with names, in their order: name servers of ours listen there. None where it has only others. */
  readonly gateways: readonly string[];
  /** The host's resolv.conf. */
  readonly host: string | undefined;
  /** What systemd-resolved writes of the servers that stand behind its own, where it runs: /run/systemd/resolve/resolv.conf. */
  readonly resolved: string | undefined;
}

/** resolv.conf(5): further ones are not asked (MAXNS). */
const MOST_SERVERS = 3;
/** Of a host's options, what says something of the host's own server, or would send the names of containers to others first. */
const HOST_OPTIONS = /^(ndots:|trust-ad$)/;

/**
 * For a container on networks of its own. With names, ours is the server, which asks those of `--dns` for what it does not know, and a name is
 * tried as it stands before any list is searched (ndots:0): else names of containers go to the host's servers first. Without names, the host's
 * servers are asked, except those that only the host reaches; where none remains, nobody else's server is put in their place.
 */
export function networkResolverText(
  { dns, dnsSearch, dnsOptions }: NetworkSettings,
  { gateways, host, resolved }: ResolverFacts,
): { readonly text: string; readonly warning?: string } {
  const own = parseResolvConf(host ?? "");
  const named = gateways.length > 0;
  const search = dnsSearch.length > 0 ? dnsSearch.filter((domain) => domain !== ".") : own.search;
  const kept = dnsOptions.length > 0 ? dnsOptions : own.options.filter((option) => !HOST_OPTIONS.test(option));
  const options = named && !kept.some((option) => option.startsWith("ndots:")) ? [...kept, "ndots:0"] : kept;
  const behind = own.servers.every(isLoopback) ? parseResolvConf(resolved ?? "").servers : [];
  const reachable = [...own.servers, ...behind].filter((server) => !isLoopback(server) && !isLinkLocal(server));
  const servers = named ? [...gateways].sort(byFamily) : dns.length > 0 ? dns : reachable;
  const text = lines([
    ...servers.slice(0, MOST_SERVERS).map((server) => `nameserver ${server}`),
    ...(search.length > 0 && !dnsSearch.includes(".") ? [`search ${search.join(" ")}`] : []),
    ...(options.length > 0 ? [`options ${options.join(" ")}`] : []),
  ]);
  return servers.length > 0 ? { text } : { text, warning: noServers(own.servers) };
}

function noServers(host: readonly string[]): string {
  const why = host.length === 0 ? "the host has none" : `those of the host (${host.join(", ")}) are reached from the host only`;
  return `the container has no name server: ${why}; give one with --dns, or use a network that was made with: teu network create`;
}

/** IPv4 first: every program's resolver speaks it. */
function byFamily(a: string, b: string): number {
  return Number(a.includes(":")) - Number(b.includes(":"));
}

/** `domain` is an older form of `search`. */
function wordOf(line: string): string {
  const [word = ""] = line.trim().split(/\s+/, 1);
  return word === "domain" ? "search" : word;
}

function lines(rows: readonly string[]): string {
  return rows.map((row) => `${row}\n`).join("");
}
