// What a container's hosts(5) and resolv.conf(5) say, by its network. Pure.
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
export function hostsText({ extraHosts }: NetworkSettings, hostname: string, shared: string | undefined): string {
  const known = shared ?? lines([...LOOPBACK, `127.0.0.1\t${hostname}`]);
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

/** `domain` is an older form of `search`. */
function wordOf(line: string): string {
  const [word = ""] = line.trim().split(/\s+/, 1);
  return word === "domain" ? "search" : word;
}

function lines(rows: readonly string[]): string {
  return rows.map((row) => `${row}\n`).join("");
}
