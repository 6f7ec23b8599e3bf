// Calls the name server: whoever has attached a container to a network or released it does so, and commands that look after what others have
// left, because it may have been killed. On the way of every run with a network: costs one query where no network has names.
import { existsSync } from "node:fs";
import { isAlive } from "../../kernel/state/process.ts";
import { hasServedNetworks } from "../../network/dns/served.ts";
import type { Served } from "../background/call.ts";
import { ring } from "../background/doorbell.ts";
import { doorbellPath } from "../background/doorbell-path.ts";
import type { Engine } from "../engine.ts";
import type { Waiting } from "./await.ts";
import { readStatus } from "./status.ts";

const MOST_MS = 1_000;
const LOOK_MS = 5;

/** What of an engine starts its name server. */
export interface Called extends Served {
  readonly runtime: Pick<Engine["runtime"], "launcher" | "root">;
}

/**
 * Sees to it that every gateway with names is listened on, or that nobody listens where no container needs it.
 * @returns whether a server has heard it; else it has been started, or there is nothing for one to do
 */
export async function callDns(engine: Called): Promise<boolean> {
  const wanted = hasServedNetworks(engine.state.rows);
  if (!wanted && !existsSync(doorbellPath(engine.runRoot, "dns"))) return false;
  const watched = await callWatched(engine.runRoot);
  if (watched !== undefined) return watched;
  const [{ call }, { startWatched }, { rootlessWithin }, { UPLINK }] = await Promise.all([
    import("../background/call.ts"),
    import("../../kernel/state/watched-program.ts"),
    import("../networks/rootless/network.ts"),
    import("../../network/rootless/uplink.ts"),
  ]);
  const place = rootlessWithin(engine);
  return call(engine, "dns", {
    wanted,
    verb: "dns",
    start: (args, environment) =>
      startWatched(engine.runtime, {
        args: place.within === undefined ? args : [...args, UPLINK.resolver],
        env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
        ...place,
      }),
  });
}

/**
 * The same before a container starts on these networks, whose rows are written and whose bridges are up: when it returns somebody listens
 * there, or it is said why not. A first question that nobody hears would fail at once.
 */
export async function awaitDns(engine: Called & Waiting, networks: readonly string[]): Promise<void> {
  const heard = await callDns(engine);
  await (await import("./await.ts")).awaitListening(engine, networks, { heard });
}

/** A name server that has just been killed is about to be back, with the sockets that it had: a second one would find its ports taken. Undefined where nobody watches one. */
async function callWatched(runRoot: string): Promise<boolean | undefined> {
  const { watcher } = readStatus(runRoot);
  const until = Date.now() + MOST_MS;
  while (watcher !== undefined && isAlive(watcher.pid, watcher.start)) {
    if (await ring(runRoot, "dns")) return true;
    if (Date.now() > until) return false;
    await Bun.sleep(LOOK_MS);
  }
  return undefined;
}
