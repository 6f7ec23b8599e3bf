// The name server of an engine: a process that listens on the gateways of networks with names, as long as containers run there. All that it
// knows is in the rows and read for each question: it may be killed at any time.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type ServedNetwork, servedNetworks } from "../../network/dns/served.ts";
import { type Doorbell, hangDoorbell } from "../background/doorbell.ts";
import { doAlone } from "../background/lock.ts";
import type { Engine } from "../engine.ts";
import { type Answering, respondFor } from "./answer.ts";
import { openForwarder } from "./forward.ts";
import { type Listening, listen } from "./listen.ts";
import { hostResolvers, upstreams } from "./resolvers.ts";
import { type Listened, writeStatus } from "./status.ts";

export interface NameServerOptions {
  /** The host's. */
  readonly resolvConf: string;
  readonly port: number;
}

export type Served = Pick<Engine, "state" | "root" | "runRoot">;

/** Somebody may have been killed between a row and the bell. */
const AGAIN_MS = 3_000;
/** An address that is not there yet is of a bridge that somebody makes, or of one that is gone: looked for ever more seldom. */
const SOON_MS = 25;
/** One container after another, as scripts run them, do with one server. */
const LINGER_MS = 1_000;

/** Returns when no container runs in a network with names, or another process serves them. */
export async function serveNames(engine: Served, options: NameServerOptions): Promise<void> {
  await doAlone(engine.runRoot, "dns", async () => {
    while (networksOf(engine).length > 0) await serve(engine, options);
  });
}

/** The database must not be made anew by whoever has outlived it. */
function networksOf({ root, state }: Served): readonly ServedNetwork[] {
  return existsSync(join(root, "state.db")) ? servedNetworks(state.rows) : [];
}

async function serve(engine: Served, { resolvConf, port }: NameServerOptions): Promise<void> {
  engine.state.rows.run("PRAGMA query_only = ON");
  writeStatus(engine.runRoot, []); // whoever rings from here on reads no dead server's
  const bell = hangDoorbell(engine.runRoot, "dns");
  const sockets = new Map<string, Listening>();
  const host = hostResolvers(resolvConf);
  const own = new Set<string>();
  const answering: Answering = {
    state: engine.state,
    forwarder: openForwarder(),
    upstreams: (given) => upstreams(given, host, own),
  };
  try {
    await follow(engine, bell, async (networks) => {
      const status = await adjust(sockets, networks, { answering, port });
      own.clear();
      for (const { address } of status) own.add(address);
      writeStatus(engine.runRoot, status);
      return status.every((one) => one.port !== undefined);
    });
  } finally {
    bell.close();
    for (const socket of sockets.values()) socket[Symbol.dispose]();
  }
}

/** Looks at the networks at every ring, and now and then; soon again while `look` has not found all that it should. */
async function follow({ root, state, runRoot }: Served, bell: Doorbell, look: (networks: readonly ServedNetwork[]) => Promise<boolean>) {
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

interface Adjusting {
  readonly answering: Answering;
  readonly port: number;
}

/** Closes the sockets of networks that are no more, opens those that are missing. */
async function adjust(
  sockets: Map<string, Listening>,
  networks: readonly ServedNetwork[],
  { answering, port }: Adjusting,
): Promise<readonly Listened[]> {
  const wanted = networks.flatMap((network) => network.gateways.map((address) => ({ key: `${network.id} ${address}`, address, network })));
  for (const [key, socket] of sockets) {
    if (wanted.some((one) => one.key === key)) continue;
    socket[Symbol.dispose]();
    sockets.delete(key);
  }
  const status: Listened[] = [];
  for (const { key, address, network } of wanted) {
    try {
      const socket = sockets.get(key) ?? (await listen(address, port, respondFor(network, answering)));
      sockets.set(key, socket);
      status.push({ address, port: socket.port });
    } catch (error) {
      status.push({ address, problem: error instanceof Error && "code" in error ? String(error.code) : String(error) });
    }
  }
  return status;
}
