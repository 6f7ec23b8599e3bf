// Ports of root's containers are held by their monitors from a start on, so that no program of the host gets them: taken with the wiring, and given up
// by those that a change has left without. A user's are held by forwarders (rootless/forwarders.ts).
import { failedWith } from "../../../base/file-errno.ts";
import type { HeldPort } from "../../../kernel/netlink/wiring/wiring.ts";
import { addressBytes, bracketed } from "../../../network/address/address.ts";
import type { PublishedPort } from "../../../network/model/port.ts";
import type { Engine } from "../../engine.ts";

/** What the launcher is to hold. */
export function heldPort({ protocol, address, port }: PublishedPort): HeldPort {
  return { protocol, port, address: addressBytes(address) ?? new Uint8Array(4), subject: `port ${bracketed(address)}:${port}/${protocol}` };
}

/** Of a container that runs; with what is not held nothing happens. */
export async function giveUpHeld(engine: Engine, id: string, ports: readonly PublishedPort[]): Promise<void> {
  if (ports.length === 0 || engine.runtime.facts().rootless) return;
  const { releasePorts } = await import("../../../kernel/state/networks/release-ports.ts");
  try {
    for (const { subject } of await releasePorts(engine.runtime.root, id, ports.map(heldPort)))
      engine.runtime.warn(`${subject} stays held until container ${id} ends: its monitor does not answer`);
  } catch (error) {
    if (!failedWith(error, "ENOENT")) throw error; // it has just ended
  }
}
