// The name server as it is run: where containers ask, and whom it asks itself.
import { isLoopback } from "../../network/dns/resolv-conf.ts";
import type { Engine } from "../engine.ts";
import { DNS_PORT, openRedirects } from "./redirect.ts";
import { hostResolvers } from "./resolvers.ts";
import { serveNames } from "./serve.ts";

/** @param resolver stands for those on the host's loopback where that is out of reach: in an ordinary user's network namespace; empty elsewhere */
export async function runNameServer(engine: Engine, resolver: string): Promise<void> {
  const servers = hostResolvers("/etc/resolv.conf");
  const host = resolver === "" ? servers : () => [...new Set(servers().map((server) => (isLoopback(server) ? resolver : server)))];
  await serveNames(engine, { host, port: DNS_PORT, redirects: () => openRedirects(engine) });
}
