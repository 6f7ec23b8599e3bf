// Use case `network create`: what was left open is chosen, the row written, and the network made in the kernel.
import type { Writer } from "../../../base/database.ts";
import { TeuError } from "../../../base/errors.ts";
import { randomId } from "../../../base/random-id.ts";
import { type Family, familyOf, overlap, type Prefix } from "../../../network/address/address.ts";
import type { NetworkDraft, SubnetDraft } from "../../../network/create/draft.ts";
import { ownerOf } from "../../../network/drivers/names.ts";
import { type HostPrefix, inTheWay } from "../../../network/ipam/host-prefixes.ts";
import { configuredPools, firstHost, freePrefix, IPV4_POOLS, randomUla, ulaPool } from "../../../network/ipam/pools.ts";
import { reservedIn, spanOf } from "../../../network/ipam/span.ts";
import { engineTag, interfaceOf } from "../../../network/model/engine-tag.ts";
import { isBridged, type Network, type Subnet } from "../../../network/model/network.ts";
import { chosenOnce, deleteNetworkRow, insertNetwork, networkOverlapping, takenSpans } from "../../../network/state/rows.ts";
import type { NetworkPool } from "../../../spec/config/network.ts";
import { readConfiguration } from "../../configuration.ts";
import type { Engine } from "../../engine.ts";
import { recordNetworkEvent } from "../event.ts";
import { type HostAddresses, readHostAddresses } from "../host/addresses.ts";
import { ownPlace } from "../host/namespace.ts";
import { hasIpv6 } from "../host/place.ts";
import { bringUp } from "../host/up.ts";
import { withNetworkLock } from "./lock.ts";
import { endNetwork } from "./removal.ts";

const NOTHING: HostAddresses = { prefixes: [], links: [] };

/** Of what takes the pools, so much is told. */
const MOST_TOLD = 4;

/** What is free to choose from. */
interface Surroundings {
  readonly host: readonly HostPrefix[];
  readonly pools: readonly NetworkPool[];
}

/**
 * Writes its row, and makes it in the kernel; of an ordinary user the first container does that, as it takes a namespace of the user's own.
 * @throws TeuError `conflict` where its name, its interface or an address is another's; `unavailable` where all pools are taken; KernelError
 */
export async function createNetwork(engine: Engine, draft: NetworkDraft): Promise<Network> {
  const { pools } = (await readConfiguration(engine.configFile)).network;
  return withNetworkLock(engine, async () => {
    const network = enterNetwork(engine, draft, pools);
    if (network.driver === "cni" || engine.runtime.facts().rootless) return network;
    try {
      await bringUp(engine, network);
    } catch (error) {
      await endNetwork(engine, network, () => dropNetwork(engine, network));
      throw error;
    }
    return network;
  });
}

/**
 * Writes the row alone: for who lists networks, the default one among them.
 * @throws TeuError as createNetwork
 */
export async function registerNetwork(engine: Engine, draft: NetworkDraft): Promise<Network> {
  const { pools } = (await readConfiguration(engine.configFile)).network;
  return withNetworkLock(engine, async () => enterNetwork(engine, draft, pools));
}

function enterNetwork(engine: Engine, draft: NetworkDraft, pools: readonly NetworkPool[]): Network {
  const host = draft.driver === "cni" ? NOTHING : readHostAddresses(engine);
  return engine.state.write(
    (db) => {
      const network = networkOf(db, engine, draft, { host: host.prefixes, pools });
      insertNetwork(db, network);
      if (isBridged(network)) refuseInTheWay(engine, network, host);
      recordNetworkEvent(db, engine, { action: "create", network });
      return network;
    },
    { durable: true },
  );
}

/** It could not be made. */
function dropNetwork({ state, runtime }: Engine, network: Network): void {
  state.write((db) => {
    deleteNetworkRow(db, network.id);
    recordNetworkEvent(db, { runtime }, { action: "destroy", network });
  });
}

function refuseInTheWay({ root }: Engine, { name, subnets, interface: bridge }: Network, { prefixes, links }: HostAddresses): void {
  const link = links.find((one) => one.name === bridge);
  const owner = ownerOf(engineTag(root), link?.alias);
  if (link !== undefined && (owner === undefined || owner === "gate"))
    throw new TeuError(
      "conflict",
      `create network ${name}: this host has an interface ${bridge} that is ${owner === undefined ? "not teu's" : "teu's own"}; choose another name`,
    );
  for (const { prefix } of subnets) {
    const other = inTheWay(prefix, prefixes);
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
  const families: readonly Family[] = [...(ipv4 ? [4 as const] : []), ...((ipv6 ?? hasIpv6(ownPlace())) ? [6 as const] : [])];
  const missing = families.filter((family) => !subnets.some(({ prefix }) => familyOf(prefix) === family));
  const chosen = missing.map((family) => ({ prefix: choosePrefix(db, family, plain.name, surroundings), reserved: {} }));
  const own = asked ?? (isBridged(draft) ? interfaceOf(id) : undefined);
  return {
    ...plain,
    version: 1,
    id,
    created: runtime.now().toISOString(),
    subnets: [...subnets, ...chosen].map(subnetOf),
    ...(own === undefined ? {} : { interface: own }),
  };
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
  const inPools = near.filter(({ prefix }) => pools.some((pool) => overlap(pool.prefix, prefix)));
  const others = inPools.filter(({ prefix }) => networkOverlapping(db, prefix) === undefined).map(({ what }) => what);
  const taken = ["networks", ...new Set(others)].slice(0, MOST_TOLD).join(", ");
  throw new TeuError(
    "unavailable",
    `create network ${name}: no IPv${family} subnet of ${where} is free (${taken}); name one with --subnet`,
  );
}
