// A network is made in the kernel when it is first needed: after `network create`, or by the first container after the machine was started. Done
// once: on the way of every run with a network, which reads a file.
import type { UpNetwork } from "../../../network/drivers/driver.ts";
import type { Network } from "../../../network/model/network.ts";
import type { Engine } from "../../engine.ts";
import { readMarker } from "../marker.ts";
import { networkPlace, type Place } from "./namespace.ts";

/**
 * @param given where; where the engine's networks are otherwise
 * @throws TeuError, KernelError that name the network and what of it cannot be had
 */
export async function bringUp(engine: Engine, network: Network, given?: Place): Promise<UpNetwork> {
  const place = given ?? (await networkPlace(engine));
  const known = () => readMarker<UpNetwork>(engine, network.id, place.id);
  return known() ?? (await (await import("./make.ts")).makeOnce(engine, network, place, known));
}
