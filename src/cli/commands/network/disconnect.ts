// `teu network disconnect`, as docker has it.
import { TeuError } from "../../../base/errors.ts";
import type { ContainerRow } from "../../../containers/state/rows.ts";
import { findContainer } from "../../../engine/containers/find.ts";
import type { Engine } from "../../../engine/engine.ts";
import { disconnectContainer } from "../../../engine/networks/containers/disconnect.ts";
import { findNetwork } from "../../../engine/networks/objects/find.ts";
import { findPredefined } from "../../../engine/networks/objects/predefined.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";

export default command({
  name: "network disconnect",
  summary: "Disconnect a container from a network",
  usage: "[flags] NETWORK CONTAINER",
  flags: { force: { type: "boolean", short: "f", summary: "It is no failure when it is not connected, or not there" } },
  args: { min: 2, max: 2, completes: "connections" },
  failed: 1,
  async run({ flags, args: [name = "", container = ""], context }) {
    const engine = engineOf(context);
    try {
      const row = findContainer(engine, container);
      await disconnectContainer(engine, row, networkOf(engine, row, name));
    } catch (error) {
      const isDone = error instanceof TeuError && (error.code === "not-found" || error.code === "conflict");
      if (flags.force !== true || !isDone) throw error;
    }
    return 0;
  },
});

/** A network that is gone is still one that the container asks for at its starts. */
function networkOf(engine: Engine, { document: { network } }: ContainerRow, text: string): { readonly id: string; readonly name: string } {
  const { mode } = network;
  const known = mode.kind === "networks" ? mode.attachments.find((one) => one.name === text || one.network === text) : undefined;
  return known === undefined ? (findPredefined(text) ?? findNetwork(engine, text)) : { id: known.network, name: known.name };
}
