// The name server of an engine: a process that listens on the gateways of networks with names, as long as containers run there. All that it
// knows is in the rows and read for each question: it may be killed at any time.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readProcess } from "../../kernel/state/process.ts";
import { isWatched, keepSockets, passedSockets } from "../../kernel/state/watched-sockets.ts";
import { type ServedNetwork, servedNetworks } from "../../network/dns/served.ts";
import { type Doorbell, hangDoorbell } from "../background/doorbell.ts";
import { doAlone } from "../background/lock.ts";
import type { Engine } from "../engine.ts";
import { type Answering, respondFor } from "./answer.ts";
import { openForwarder } from "./forward.ts";
import { type Adopted, adopt } from "./listen.ts";
import type { Redirects } from "./redirect.ts";
import { upstreams } from "./resolvers.ts";
import { Sockets } from "./sockets.ts";
import { type Listened, type Status, writeStatus } from "./status.ts";

export interface NameServerOptions {
  /** Who is asked for names of the world, as it is now. */
  host(): readonly string[];
  readonly port: number;
  /** Where the port is another program's; without them it is not served then. */
  redirects?(): Redirects;
}

/** What of an engine the name server reads. */
type Serving = Pick<Engine, "state" | "root" | "runRoot">;

/** Somebody may have been killed between a row and the bell. */
const AGAIN_MS = 3_000;
/** An address that is not there yet is of a bridge that somebody makes, or of one that is gone: looked for ever more seldom. */
const SOON_MS = 25;
/** One container after another, as scripts run them, do with one server. */
const LINGER_MS = 1_000;

/** Returns when no container runs in a network with names, or another process serves them. */
export async function serveNames(engine: Serving, options: NameServerOptions): Promise<void> {
  await doAlone(engine.runRoot, "dns", async () => {
    while (networksOf(engine).length > 0) await serve(engine, options);
  });
}

/** The database must not be made anew by whoever has outlived it. */
function networksOf({ root, state }: Serving): readonly ServedNetwork[] {
  return existsSync(join(root, "state.db")) ? servedNetworks(state.rows) : [];
}

async function serve(engine: Serving, { host, port, redirects }: NameServerOptions): Promise<void> {
  engine.state.rows.run("PRAGMA query_only = ON");
  const led = redirects?.();
  const watcher = watcherOf();
  const note = (listened: readonly Listened[]) => writeStatus(engine.runRoot, { ...watcher, listened });
  note([]); // whoever rings from here on reads no dead server's
  const bell = hangDoorbell(engine.runRoot, "dns");
  const own = new Set<string>();
  const answering: Answering = {
    state: engine.state,
    forwarder: openForwarder(),
    upstreams: (given) => upstreams(given, host, own),
  };
  using sockets = new Sockets({
    port,
    adopted: await adoptPassed(),
    keep: keepSockets,
    respondFor: (network) => respondFor(network, answering),
    ...(led === undefined ? {} : { redirects: led }),
  });
  let noted = "";
  try {
    await follow(engine, bell, async (networks) => {
      const status = await sockets.adjust(networks);
      own.clear();
      for (const { address } of status) own.add(address);
      const text = JSON.stringify(status);
      if (text !== noted) note(status);
      noted = text;
      return status.every((one) => one.port !== undefined);
    });
  } finally {
    bell.close();
  }
}

/** Who starts this process again when it is killed. */
function watcherOf(): Pick<Status, "watcher"> {
  const start = isWatched() ? readProcess(process.ppid)?.start : undefined;
  return start === undefined ? {} : { watcher: { pid: process.ppid, start } };
}

async function adoptPassed(): Promise<readonly Adopted[]> {
  return (await Promise.all(passedSockets().map(adopt))).flatMap((one) => one ?? []);
}

/** Looks at the networks at every ring, and now and then; soon again while `look` has not found all that it should. */
async function follow({ root, state, runRoot }: Serving, bell: Doorbell, look: (networks: readonly ServedNetwork[]) => Promise<boolean>) {
  let pause = SOON_MS;
  let idle = false;
  for (;;) {
    const networks = networksOf({ root, state, runRoot });
    if (networks.length === 0 && idle) return;
    idle = networks.length === 0;
    const whole = await look(networks);
    pause = whole ? SOON_MS : Math.min(pause * 2, AGAIN_MS);
    await bell.wait(idle ? LINGER_MS : whole ? AGAIN_MS : pause);
  }
}
