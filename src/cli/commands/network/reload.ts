// `teu network reload`, podman's: after `nft flush ruleset`, or when somebody has removed a bridge.
import { findContainer } from "../../../engine/containers/find.ts";
import { recover } from "../../../engine/containers/state/recover.ts";
import { reloadNetworks } from "../../../engine/networks/host/reload.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";

export default command({
  name: "network reload",
  summary: "Make again what the kernel has of networks",
  usage: "[flags] [CONTAINER…]",
  flags: { all: { type: "boolean", short: "a", summary: "Of all networks, as where no container is named" } },
  args: { min: 0, max: Number.POSITIVE_INFINITY, completes: "containers" },
  failed: 1,
  async run({ flags, args, context }) {
    const engine = engineOf(context);
    await recover(engine, { runs: true }); // what was killed is to be there
    const of = args.map((text) => findContainer(engine, text).document.id);
    await reloadNetworks(engine, of.length === 0 || flags.all === true ? {} : { of });
    for (const id of of) context.out(`${id}\n`);
    return 0;
  },
});
