// Waits until the name server listens on the gateways of some networks: it may have been started a moment ago.
import { type ServedNetwork, servedNetworks } from "../../network/dns/served.ts";
import type { Served } from "../background/call.ts";
import { ring } from "../background/doorbell.ts";
import { type Listened, readStatus } from "./status.ts";

export interface Waiting extends Served {
  readonly runtime: { warn(message: string): void };
}

const MOST_MS = 3_000;
const LOOK_MS = 5;

/**
 * @param ids of networks; those without names of ours are passed over
 * @param heard a server has heard the bell; what is written of where it listens may be of one that is dead otherwise
 */
export async function awaitListening(engine: Waiting, ids: readonly string[], { heard }: { readonly heard: boolean }): Promise<void> {
  const networks = servedNetworks(engine.state.rows).filter(({ id, gateways }) => ids.includes(id) && gateways.length > 0);
  const until = Date.now() + MOST_MS;
  let there = heard;
  while (networks.length > 0) {
    there ||= await ring(engine.runRoot, "dns");
    const status = there ? readStatus(engine.runRoot).listened : [];
    const listens = (address: string) => status.some((one) => one.address === address && one.port !== undefined);
    const silent = networks.filter(({ gateways }) => !gateways.some(listens));
    if (silent.length === 0) return;
    if (Date.now() > until) {
      for (const network of silent) engine.runtime.warn(silence(network, status));
      return;
    }
    await Bun.sleep(LOOK_MS);
  }
}

function silence({ name, gateways: [gateway] }: ServedNetwork, status: readonly Listened[]): string {
  const why = status.find(({ address }) => address === gateway)?.problem ?? "it does not start";
  return `network ${name}: names do not resolve there: the name server does not listen on ${gateway}: ${why}`;
}
