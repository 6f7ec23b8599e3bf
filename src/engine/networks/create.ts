// Use case `network create`: what was left open is chosen, the row written, and the network made in the kernel.
import { existsSync } from "node:fs";
import type { Writer } from "../../base/database.ts";
import { TeuError } from "../../base/errors.ts";
import { randomId } from "../../base/random-id.ts";
import { type Family, familyOf, overlap, type Prefix } from "../../network/address/address.ts";
import { type HostPrefix, inTheWay } from "../../network/ipam/host-prefixes.ts";
import { configuredPools, firstHost, freePrefix, IPV4_POOLS, randomUla, ulaPool } from "../../network/ipam/pools.ts";
import { reservedIn, spanOf } from "../../network/ipam/span.ts";
import type { NetworkDraft, SubnetDraft } from "../../network/model/draft.ts";
import { interfaceOf } from "../../network/model/engine-tag.ts";
import type { Network, Subnet } from "../../network/model/network.ts";
import { chosenOnce, insertNetwork, takenSpans } from "../../network/state/rows.ts";
import type { NetworkPool } from "../../spec/config/network.ts";
import { readConfiguration } from "../configuration.ts";
import type { Engine } from "../engine.ts";
import { recordNetworkEvent } from "./event.ts";
import { withNetworkLock } from "./lock.ts";
import { readHostPrefixes } from "./read-host-prefixes.ts";

/** Of what takes the pools, so much is told. */
const MOST_TOLD = 4;

/** What is free to choose from. */
interface Surroundings {
  readonly host: readonly HostPrefix[];
  readonly pools: readonly NetworkPool[];
}

/**
 * @throws TeuError `conflict` where its name, its interface or an address is another's; `unavailable` where all pools are taken
 */
export async function createNetwork(engine: Engine, draft: NetworkDraft): Promise<Network> {
  const { pools } = (await readConfiguration(engine.configFile)).network;
  return withNetworkLock(engine, async () => {
    const host = draft.driver === "cni" ? [] : readHostPrefixes(engine);
    return engine.state.write(
      (db) => {
        const network = networkOf(db, engine, draft, { host, pools });
        insertNetwork(db, network);
        if (hasBridge(network)) refuseInTheWay(network, host);
        recordNetworkEvent(db, engine, { action: "create", network });
        return network;
      },
      { durable: true },
    );
  });
}

/** A bridge has addresses of its own; macvlan and ipvlan have those of the network that their parent is in. */
function hasBridge({ driver }: Pick<Network, "driver">): boolean {
  return driver === "bridge" || driver === "vxlan";
}

function refuseInTheWay({ name, subnets }: Network, host: readonly HostPrefix[]): void {
  for (const { prefix } of subnets) {
    const other = inTheWay(prefix, host);
    if (other === undefined) continue;
    throw new TeuError(
      "conflict",
      `create network ${name}: subnet ${prefix} conflicts with what this host has: ${other.what}; choose another one`,
    );
  }
}

function networkOf(db: Writer, { runtime }: Engine, draft: NetworkDraft, surroundings: Surroundings): Network {
  const { ipv4, ipv6, subnets, interface: asked, ...plain } = draft;
  const id = randomId();
  const families: readonly Family[] = [...(ipv4 ? [4 as const] : []), ...((ipv6 ?? hasIpv6()) ? [6 as const] : [])];
  const missing = families.filter((family) => !subnets.some(({ prefix }) => familyOf(prefix) === family));
  const chosen = missing.map((family) => ({ prefix: choosePrefix(db, family, plain.name, surroundings), reserved: {} }));
  const own = asked ?? (hasBridge(draft) ? interfaceOf(id) : undefined);
  return {
    ...plain,
    version: 1,
    id,
    created: runtime.now().toISOString(),
    subnets: [...subnets, ...chosen].map(subnetOf),
    ...(own === undefined ? {} : { interface: own }),
  };
}

/** Of this network namespace: one without it has no such directory. */
function hasIpv6(): boolean {
  return existsSync("/proc/sys/net/ipv6");
}

function subnetOf({ gateway, ...plain }: SubnetDraft): Subnet {
  return gateway === null ? plain : { ...plain, gateway: gateway ?? firstHost(plain.prefix, reservedIn(plain)) };
}

function choosePrefix(db: Writer, family: Family, name: string, { host, pools: asked }: Surroundings): Prefix {
  const configured = configuredPools(asked, family);
  const own = () => (family === 4 ? IPV4_POOLS : [ulaPool(chosenOnce(db, "ula", randomUla))]);
  const pools = configured.length > 0 ? configured : own();
  const near = host.filter(({ prefix }) => familyOf(prefix) === family);
  const chosen = freePrefix(pools, family, [...takenSpans(db, family), ...near.map(({ prefix }) => spanOf(prefix))]);
  if (chosen !== undefined) return chosen;
  const where = pools.map(({ prefix }) => prefix).join(", ");
  const others = near.filter(({ prefix }) => pools.some((pool) => overlap(pool.prefix, prefix))).map(({ what }) => what);
  const taken = ["networks", ...new Set(others)].slice(0, MOST_TOLD).join(", ");
  throw new TeuError(
    "unavailable",
    `create network ${name}: no IPv${family} subnet of ${where} is free (${taken}); name one with --subnet`,
  );
}
