// The name server as it is run: where containers ask, and whom it asks itself.
import type { Engine } from "../engine.ts";
import { DNS_PORT, openRedirects } from "./redirect.ts";
import { hostResolvers } from "./resolvers.ts";
import { serveNames } from "./serve.ts";

/** @param resolver stands for the host's where those are out of reach: in an ordinary user's network namespace; empty elsewhere */
export async function runNameServer(engine: Engine, resolver: string): Promise<void> {
  const host = resolver === "" ? hostResolvers("/etc/resolv.conf") : () => [resolver];
  await serveNames(engine, { host, port: DNS_PORT, redirects: () => openRedirects(engine) });
}
