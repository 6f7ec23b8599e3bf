// Use case `network ls`.
import { TeuError } from "../../../base/errors.ts";
import { familyOf } from "../../../network/address/address.ts";
import type { Network } from "../../../network/model/network.ts";
import { usedNetworks } from "../../../network/state/endpoints.ts";
import { allNetworks } from "../../../network/state/rows.ts";
import type { Engine } from "../../engine.ts";
import { registerDefaultNetwork } from "./default.ts";
import { isPredefined, PREDEFINED } from "./predefined.ts";

export interface ListedNetwork {
  readonly id: string;
  readonly name: string;
  readonly driver: string;
  /** RFC 3339; undefined for what was always there. */
  readonly created: string | undefined;
  readonly ipv4: boolean;
  readonly ipv6: boolean;
  readonly internal: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly predefined: boolean;
  /** Nobody is in it, and it could be removed. */
  readonly dangling: boolean;
}

/** In the order of their names. */
export async function listNetworks(engine: Engine): Promise<readonly ListedNetwork[]> {
  try {
    await registerDefaultNetwork(engine);
  } catch (error) {
    if (!(error instanceof TeuError)) throw error;
    engine.runtime.warn(error.message); // the others can be listed
  }
  const { networks, used } = engine.state.read((db) => ({ networks: allNetworks(db), used: usedNetworks(db) }));
  const always = PREDEFINED.map((network) => ({
    ...network,
    created: undefined,
    ...{ ipv4: true, ipv6: false, internal: false },
    labels: {},
    predefined: true,
    dangling: false,
  }));
  return [...networks.map((network) => listed(network, used)), ...always].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function listed({ id, name, driver, created, subnets, internal, labels }: Network, used: ReadonlySet<string>): ListedNetwork {
  const predefined = isPredefined(name);
  const has = (family: 4 | 6) => subnets.some(({ prefix }) => familyOf(prefix) === family);
  return {
    ...{ id, name, driver, created, internal, labels, predefined },
    ipv4: has(4),
    ipv6: has(6),
    dangling: !predefined && !used.has(id),
  };
}
