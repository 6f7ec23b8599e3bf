// A network is made in the kernel when it is first needed: after `network create`, or by the first container after the machine was started. Done
// once: on the way of every run with a network, which reads a file, and looks whether somebody has removed a link since.
import { existsSync } from "node:fs";
import type { UpNetwork } from "../../../network/drivers/driver.ts";
import { engineTag } from "../../../network/model/engine-tag.ts";
import type { Network } from "../../../network/model/network.ts";
import type { Engine } from "../../engine.ts";
import { readMarker } from "../marker.ts";
import { driverOf } from "./driver-of.ts";
import { networkPlace, type Place } from "./namespace.ts";

/**
 * @param given where; where the engine's networks are otherwise
 * @throws TeuError, KernelError that name the network and what of it cannot be had
 */
export async function bringUp(engine: Engine, network: Network, given?: Place): Promise<UpNetwork> {
  const place = given ?? (await networkPlace(engine));
  const links = driverOf(network).links(network, engineTag(engine.root));
  const known = () => {
    const up = readMarker<UpNetwork>(engine, network.id, place.id);
    return up !== undefined && links.every((name) => isThere(name, up, place)) ? up : undefined;
  };
  return known() ?? (await (await import("./make.ts")).makeOnce(engine, network, place, known));
}

/** By a directory that each link has. One of the user's namespace is looked up beside its holder; a monitor, which holds it from outside, has nothing to show. */
function isThere(name: string, { ipv6 }: UpNetwork, { within }: Place): boolean {
  if (within === undefined) return existsSync(`/proc/sys/net/ipv4/conf/${name}`);
  return within.monitor === true || !ipv6 || existsSync(`/proc/${within.pid}/net/dev_snmp6/${name}`);
}
