// Which network people mean. On the way of every run with a network: what makes the default one is loaded where it is asked for.
import { TeuError } from "../../../base/errors.ts";
import { DEFAULT_NETWORK, type Network } from "../../../network/model/network.ts";
import { networkById, networkByName, networksBeginning } from "../../../network/state/rows.ts";
import type { Engine } from "../../engine.ts";
import { HOST_STAYS } from "./predefined.ts";

const WHOLE = /^[0-9a-f]{64}$/;
const BEGINNING = /^[0-9a-f]{1,63}$/;

/**
 * The network of this whole id, of this name, or the only one whose id begins so.
 * @throws TeuError `not-found`, in docker's words; `invalid` where several ids begin so
 */
export function findNetwork({ state: { rows } }: Pick<Engine, "state">, text: string): Network {
  const exact = (WHOLE.test(text) ? networkById(rows, text) : undefined) ?? networkByName(rows, text);
  if (exact !== undefined) return exact;
  const [only, ...more] = BEGINNING.test(text) ? networksBeginning(rows, text) : [];
  if (only === undefined) throw new TeuError("not-found", `network ${text} not found`);
  if (more.length > 0) throw new TeuError("invalid", `network ${text} is ambiguous: several ids begin so; write more of it`);
  return only;
}

/**
 * The same for who speaks of it: the default network gets its row where it has none, and is brought up by a start.
 * @throws TeuError as findNetwork and registerNetwork
 */
export async function findOrRegisterNetwork(engine: Engine, text: string): Promise<Network> {
  const known = text === DEFAULT_NETWORK ? networkByName(engine.state.rows, text) : findNetwork(engine, text);
  return known ?? (await (await import("./default.ts")).registerDefaultNetwork(engine));
}

/**
 * The same for who connects to it: the default network is made where it is not there.
 * @throws TeuError as findNetwork and createNetwork; `conflict` for `host` and `none`
 */
export async function findOrMakeNetwork(engine: Engine, text: string): Promise<Network> {
  if (text === "host") throw new TeuError("conflict", HOST_STAYS);
  if (text === "none") throw new TeuError("conflict", "container cannot be connected to none: disconnect it from the networks that it has");
  if (text !== DEFAULT_NETWORK) return findNetwork(engine, text);
  return await (await import("./default.ts")).ensureDefaultNetwork(engine);
}
