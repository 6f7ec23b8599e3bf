// Questions that others answer: the servers of the container or of the host, one after another, within the time that a client waits.
import { isTruncated, type Query, RCODE, rcodeOf } from "../../network/dns/wire.ts";
import { Crowd } from "./crowd.ts";
import { exchange, type Upstream } from "./exchange.ts";

/** Questions under way at a time: of everybody, and of one container. */
const MOST = { all: 512, ofOne: 64 };
/** A client waits five seconds (resolv.conf(5)): three tries are over before it asks again. */
const TRY_MS = 1_500;
const TRIES = 3;
/** How long a server that did not answer is asked after the others. */
const SILENT_MS = 30_000;
/** What another server may know better. */
const PASSED_ON: ReadonlySet<number> = new Set([RCODE.SERVFAIL, RCODE.NOTIMP, RCODE.REFUSED]);

export interface Forwarder {
  /** The answer of the first server that has one; else an error that one has given; undefined where there is none, or too many ask. */
  ask(
    query: Query,
    servers: readonly Upstream[],
    how: { readonly protocol: "udp" | "tcp"; readonly asker: string },
  ): Promise<Uint8Array | undefined>;
}

export function openForwarder(): Forwarder {
  const silent = new Map<string, number>();
  const underWay = new Crowd(MOST);
  return {
    async ask(query, servers, { protocol, asker }) {
      if (servers.length === 0 || underWay.isFullFor(asker)) return undefined;
      underWay.enter(asker);
      try {
        return await askInTurn(query, servers, { protocol, silent });
      } finally {
        underWay.leave(asker);
      }
    },
  };
}

interface Turn {
  readonly protocol: "udp" | "tcp";
  /** Servers, and when they did not answer. */
  readonly silent: Map<string, number>;
}

async function askInTurn(query: Query, servers: readonly Upstream[], { protocol, silent }: Turn): Promise<Uint8Array | undefined> {
  const until = Date.now() + TRIES * TRY_MS;
  let worst: Uint8Array | undefined;
  const unable = new Set<string>();
  for (const server of turns(servers, silent)) {
    if (unable.has(server.address)) continue;
    const answer = await askOne(query, server, { protocol, until });
    if (answer === undefined) {
      silent.set(server.address, Date.now());
      continue;
    }
    silent.delete(server.address);
    if (!PASSED_ON.has(rcodeOf(answer))) return answer;
    unable.add(server.address);
    worst = answer;
  }
  return worst;
}

/** Each once, those that were silent of late last; one or two are asked again. */
function turns(servers: readonly Upstream[], silent: ReadonlyMap<string, number>): readonly Upstream[] {
  const isSilent = ({ address }: Upstream) => Date.now() - (silent.get(address) ?? Number.NEGATIVE_INFINITY) < SILENT_MS;
  const first = [...servers.filter((server) => !isSilent(server)), ...servers.filter(isSilent)];
  return Array.from({ length: TRIES }, (_, index) => first[index % first.length]).flatMap((server) => server ?? []);
}

interface Asking {
  readonly protocol: "udp" | "tcp";
  readonly until: number;
}

/** An answer that was cut is asked for whole; a server that does not speak TCP is asked by UDP. */
async function askOne(query: Query, server: Upstream, { protocol, until }: Asking): Promise<Uint8Array | undefined> {
  const ask = async (by: "udp" | "tcp") => {
    const left = Math.min(TRY_MS, until - Date.now());
    return left > 0 ? await exchange(query, server, by, left) : undefined;
  };
  const first = await ask(protocol);
  if (protocol === "tcp") return first ?? (await ask("udp"));
  return first !== undefined && isTruncated(first) ? ((await ask("tcp")) ?? first) : first;
}
