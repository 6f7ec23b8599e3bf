// A message that came to a gateway → the reply: what its sender sees of names is read from the rows, for what they do not say others are asked.
import { decide } from "../../network/dns/decide.ts";
import type { ServedNetwork } from "../../network/dns/served.ts";
import { viewFrom } from "../../network/dns/view.ts";
import { encodeReply, RCODE, readQuery, relayed, replyLimit } from "../../network/dns/wire.ts";
import type { Engine } from "../engine.ts";
import type { Upstream } from "./exchange.ts";
import type { Forwarder } from "./forward.ts";
import type { Respond } from "./listen.ts";

export interface Answering {
  readonly state: Engine["state"];
  readonly forwarder: Forwarder;
  /** Where to ask for a container with these servers of its own. */
  upstreams(given: readonly string[]): readonly Upstream[];
}

export function respondFor(network: ServedNetwork, { state, forwarder, upstreams }: Answering): Respond {
  return async (message, source, protocol) => {
    const received = readQuery(message);
    if (received.kind === "nothing") return undefined;
    if (received.kind === "error") return received.reply;
    const { query } = received;
    const limit = replyLimit(query, protocol);
    try {
      const { verdict, asker } = state.read((db) => {
        const view = viewFrom(db, network.id, source);
        return { verdict: decide(query, view, { gateways: network.gateways, turn: Math.random() }), asker: view?.container ?? "" };
      });
      if (verdict.kind === "answer") return encodeReply(query, verdict.rcode, verdict.answers, limit);
      const answer = await forwarder.ask(query, upstreams(verdict.servers), { protocol, asker });
      return answer === undefined ? encodeReply(query, RCODE.SERVFAIL, [], limit) : relayed(answer, query, limit);
    } catch {
      return encodeReply(query, RCODE.SERVFAIL, [], limit); // the database is locked, or gone
    }
  };
}
