// The network that containers have who ask for none: a bridge without names, made when it is first needed.
import { TeuError } from "../../../base/errors.ts";
import type { NetworkDraft } from "../../../network/create/draft.ts";
import { defaultInterface } from "../../../network/model/engine-tag.ts";
import { DEFAULT_NETWORK, type Network } from "../../../network/model/network.ts";
import { networkByName } from "../../../network/state/rows.ts";
import type { Engine } from "../../engine.ts";
import { createNetwork, registerNetwork } from "./create.ts";

/** Made, and up, for who connects to it. @throws TeuError as createNetwork */
export function ensureDefaultNetwork(engine: Engine): Promise<Network> {
  return defaultNetwork(engine, createNetwork);
}

/** Its row, for who only speaks of it: that it is not up, nobody sees. @throws TeuError as registerNetwork */
export function registerDefaultNetwork(engine: Engine): Promise<Network> {
  return defaultNetwork(engine, registerNetwork);
}

async function defaultNetwork(engine: Engine, make: typeof registerNetwork): Promise<Network> {
  const there = () => networkByName(engine.state.rows, DEFAULT_NETWORK);
  const network = there();
  if (network !== undefined) return network;
  try {
    return await make(engine, defaultDraft(engine.root));
  } catch (error) {
    const made = error instanceof TeuError && error.code === "conflict" ? there() : undefined; // by another command, meanwhile
    if (made !== undefined) return made;
    throw error;
  }
}

function defaultDraft(root: string): NetworkDraft {
  return {
    name: DEFAULT_NETWORK,
    driver: "bridge",
    subnets: [],
    ipv4: true,
    ipv6: undefined,
    internal: false,
    attachable: false,
    isolated: false,
    names: false,
    masquerade: true,
    publish: "filtered",
    interface: defaultInterface(root),
    options: {},
    labels: {},
  };
}
