// The servers that the host asks: resolv.conf(5), read when a question is to be forwarded, and again when it has changed. Ours run in the
// host's network, so that a resolver on 127.0.0.53 is reached, too.
import { readFileSync, statSync } from "node:fs";
import { isLoopback, parseResolvConf } from "../../network/dns/resolv-conf.ts";
import type { Upstream } from "./exchange.ts";

const PORT = 53;

/** @returns the servers as they are now; a file that is missing names none */
export function hostResolvers(path: string): () => readonly string[] {
  let seen = "";
  let servers: readonly string[] = [];
  return () => {
    const stats = statSync(path, { throwIfNoEntry: false, bigint: true });
    if (stats === undefined) return [];
    const now = `${stats.ino} ${stats.mtimeNs} ${stats.size}`;
    if (now !== seen) servers = parseResolvConf(readFileSync(path, "utf8")).servers;
    seen = now;
    return servers;
  };
}

/**
 * Where to ask. Never ourselves: a question would go round until nobody may ask any more.
 * @param given `--dns` of a container, where a loopback address is its own, and nobody's whom we reach; none: the host's
 */
export function upstreams(
  given: readonly string[],
  host: () => readonly string[],
  own: { has(address: string): boolean },
): readonly Upstream[] {
  const servers = given.length > 0 ? given.filter((server) => !isLoopback(server)) : host();
  return servers.filter((server) => !own.has(server)).map((address) => ({ address, port: PORT }));
}
