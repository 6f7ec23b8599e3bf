// Calls the name server: whoever has attached a container to a network or released it does so, and commands that look after what others have
// left, because it may have been killed. On the way of every run with a network: costs one query where no network has names.
import { existsSync } from "node:fs";
import { hasServedNetworks } from "../../network/dns/served.ts";
import type { Served } from "../background/call.ts";
import { doorbellPath } from "../background/doorbell-path.ts";
import type { Engine } from "../engine.ts";
import type { Waiting } from "./await.ts";

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
  const [{ call }, { startWatched }, { rootlessWithin }] = await Promise.all([
    import("../background/call.ts"),
    import("../../kernel/state/watched-program.ts"),
    import("../networks/rootless/network.ts"),
  ]);
  return call(engine, "dns", {
    wanted,
    verb: "dns",
    start: (args, environment) =>
      startWatched(engine.runtime, {
        args,
        env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
        onExit: [engine.self, "internal", "dns-ended", engine.runRoot, engine.root],
        ...rootlessWithin(engine),
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

/**
 * For whoever sees a name server end: one that was killed has left its bell, and is started again, before a client asks a second time. One that
 * has ended by itself, or could not begin, is not.
 */
export async function replaceDns(engine: Called): Promise<void> {
  if (existsSync(doorbellPath(engine.runRoot, "dns"))) await callDns(engine);
}
