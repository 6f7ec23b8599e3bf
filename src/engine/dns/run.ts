// The name server as it is run: where containers ask, and whom it asks itself.
import type { Engine } from "../engine.ts";
import { hostResolvers } from "./resolvers.ts";
import { serveNames } from "./serve.ts";

/** RFC 1035 section 4.2. */
const PORT = 53;

/** @param resolver stands for the host's where those are out of reach: in an ordinary user's network namespace; empty elsewhere */
export async function runNameServer(engine: Engine, resolver: string): Promise<void> {
  await serveNames(engine, { host: resolver === "" ? hostResolvers("/etc/resolv.conf") : () => [resolver], port: PORT });
}
