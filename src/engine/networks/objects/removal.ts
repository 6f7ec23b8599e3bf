// The end of a network: the row goes first, so that nobody comes to it any more, then what the kernel has. A file says meanwhile what is to be taken
// out of the kernel: whoever was killed between the two is followed by a command that goes on.
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeAtomically } from "../../../base/atomic-file.ts";
import type { Network } from "../../../network/model/network.ts";
import { readNetwork } from "../../../network/model/read.ts";
import { networkById } from "../../../network/state/rows.ts";
import type { Engine } from "../../engine.ts";
import { tearDown } from "../host/make.ts";
import { removalsDirectory } from "../marker.ts";
import { withNetworkLock } from "./lock.ts";

/** `dropRow` is one transaction, which throws where the network stays. The caller has the lock of networks. */
export async function endNetwork(engine: Engine, network: Network, dropRow: () => void): Promise<void> {
  const record = join(removalsDirectory(engine), network.id);
  mkdirSync(removalsDirectory(engine), { recursive: true, mode: 0o700 });
  writeAtomically(record, JSON.stringify(network));
  try {
    dropRow();
  } catch (error) {
    rmSync(record, { force: true });
    throw error;
  }
  await takeDown(engine, network);
  rmSync(record, { force: true });
}

/** Goes on with the removals of commands that were killed. */
export async function sweepNetworks(engine: Engine): Promise<void> {
  if (filesIn(removalsDirectory(engine)).length === 0) return;
  await withNetworkLock(engine, async () => {
    for (const id of filesIn(removalsDirectory(engine))) {
      const record = join(removalsDirectory(engine), id);
      if (!WHOLE.test(id)) {
        rmSync(record, { force: true }); // it was not written to its end
        continue;
      }
      try {
        if (networkById(engine.state.rows, id) === undefined) await takeDown(engine, readNetwork(readFileSync(record, "utf8"), id));
      } catch (error) {
        engine.runtime.warn(`remove what network ${id} has left: ${error instanceof Error ? error.message : error}`);
      }
      rmSync(record, { force: true });
    }
  });
}

/** What CNI plugins have made goes with each container. */
async function takeDown(engine: Engine, network: Network): Promise<void> {
  if (network.driver !== "cni") await tearDown(engine, network);
}

const WHOLE = /^[0-9a-f]{64}$/;

function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return []; // no network was removed since the machine was started
  }
}
