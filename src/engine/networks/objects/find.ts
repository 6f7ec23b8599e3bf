// Which network people mean.
import { TeuError } from "../../../base/errors.ts";
import { DEFAULT_NETWORK, type Network } from "../../../network/model/network.ts";
import { networkById, networkByName, networksBeginning } from "../../../network/state/rows.ts";
import type { Engine } from "../../engine.ts";
import { ensureDefaultNetwork } from "./default.ts";
import { HOST_STAYS } from "./predefined.ts";

const WHOLE = /^[0-9a-f]{64}$/;
const BEGINNING = /^[0-9a-f]{1,63}$/;

/**
 * The network of this whole id, of this name, or the only one whose id begins so.
 * @throws TeuError `not-found`, in docker's words; `invalid` where several ids begin so
 */
export function findNetwork({ state }: Pick<Engine, "state">, text: string): Network {
  const found = state.read((db) => {
    const exact = (WHOLE.test(text) ? networkById(db, text) : undefined) ?? networkByName(db, text);
    return exact === undefined && BEGINNING.test(text) ? networksBeginning(db, text) : exact === undefined ? [] : [exact];
  });
  const [only, ...more] = found;
  if (only === undefined) throw new TeuError("not-found", `network ${text} not found`);
  if (more.length > 0) throw new TeuError("invalid", `network ${text} is ambiguous: several ids begin so; write more of it`);
  return only;
}

/**
 * The same for who connects to it: the default network is made where it is not there.
 * @throws TeuError as findNetwork and createNetwork; `conflict` for `host` and `none`
 */
export async function findOrMakeNetwork(engine: Engine, text: string): Promise<Network> {
  if (text === "host") throw new TeuError("conflict", HOST_STAYS);
  if (text === "none") throw new TeuError("conflict", "container cannot be connected to none: disconnect it from the networks that it has");
  return text === DEFAULT_NETWORK ? await ensureDefaultNetwork(engine) : findNetwork(engine, text);
}
