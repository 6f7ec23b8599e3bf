// Calls the name server: whoever has attached a container to a network or released it does so, and commands that look after what others have
// left, because it may have been killed. On the way of every run with a network: costs one query where no network has names.
import { existsSync } from "node:fs";
import { hasServedNetworks } from "../../network/dns/served.ts";
import type { Served } from "../background/call.ts";
import { doorbellPath } from "../background/doorbell-path.ts";
import type { Waiting } from "./await.ts";

/**
 * Sees to it that every gateway with names is listened on, or that nobody listens where no container needs it.
 * @returns whether a server has heard it; else it has been started, or there is nothing for one to do
 */
export async function callDns(engine: Served): Promise<boolean> {
  const wanted = hasServedNetworks(engine.state.rows);
  if (!wanted && !existsSync(doorbellPath(engine.runRoot, "dns"))) return false;
  return (await import("../background/call.ts")).call(engine, "dns", wanted);
}

/**
 * The same before a container starts on these networks, whose rows are written and whose bridges are up: when it returns somebody listens
 * there, or it is said why not. A first question that nobody hears would fail at once.
 */
export async function awaitDns(engine: Waiting, networks: readonly string[]): Promise<void> {
  const heard = await callDns(engine);
  await (await import("./await.ts")).awaitListening(engine, networks, { heard });
}
