// Use case `network create`: what was left open is chosen, the row written, and the network made in the kernel.
import { existsSync } from "node:fs";
import type { Writer } from "../../base/database.ts";
import { TeuError } from "../../base/errors.ts";
import { randomId } from "../../base/random-id.ts";
import { type Family, familyOf, type Prefix } from "../../network/address/address.ts";
import { firstHost, freePrefix, IPV4_POOLS, randomUla, ulaPool } from "../../network/ipam/pools.ts";
import type { NetworkDraft, SubnetDraft } from "../../network/model/draft.ts";
import { interfaceOf } from "../../network/model/engine-tag.ts";
import type { Network, Subnet } from "../../network/model/network.ts";
import { chosenOnce, insertNetwork, takenSpans } from "../../network/state/rows.ts";
import type { Engine } from "../engine.ts";
import { recordNetworkEvent } from "./event.ts";
import { withNetworkLock } from "./lock.ts";

/** @throws TeuError `conflict` where its name, its interface or an address is another's; `unavailable` where all pools are taken */
export function createNetwork(engine: Engine, draft: NetworkDraft): Promise<Network> {
  return withNetworkLock(engine, async () =>
    engine.state.write(
      (db) => {
        const network = networkOf(db, engine, draft);
        insertNetwork(db, network);
        recordNetworkEvent(db, engine, { action: "create", network });
        return network;
      },
      { durable: true },
    ),
  );
}

function networkOf(db: Writer, { runtime }: Engine, { ipv4, ipv6, addresses, subnets, interface: asked, ...plain }: NetworkDraft): Network {
  const id = randomId();
  const families: readonly Family[] = [...(ipv4 ? [4 as const] : []), ...((ipv6 ?? hasIpv6()) ? [6 as const] : [])];
  const missing = addresses ? families.filter((family) => !subnets.some(({ prefix }) => familyOf(prefix) === family)) : [];
  const chosen = missing.map((family) => ({ prefix: choosePrefix(db, family, plain.name), reserved: {} }));
  const made = plain.driver === "bridge" || plain.driver === "vxlan" ? interfaceOf(id) : undefined;
  const own = asked ?? made;
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
  return gateway === null ? plain : { ...plain, gateway: gateway ?? firstHost(plain.prefix) };
}

function choosePrefix(db: Writer, family: Family, name: string): Prefix {
  const pools = family === 4 ? IPV4_POOLS : [ulaPool(chosenOnce(db, "ula", randomUla))];
  const chosen = freePrefix(pools, family, takenSpans(db, family));
  if (chosen !== undefined) return chosen;
  const where = pools.map(({ prefix }) => prefix).join(", ");
  throw new TeuError("unavailable", `create network ${name}: no IPv${family} subnet of ${where} is free; name one with --subnet`);
}
