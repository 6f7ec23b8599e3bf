// `teu network exists`, podman's: the exit status says whether there is such a network.
import { networkExists } from "../../../engine/networks/objects/inspect.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";

export default command({
  name: "network exists",
  summary: "Tell by the exit status whether there is a network",
  usage: "NETWORK",
  flags: {},
  args: { min: 1, max: 1, completes: "networks" },
  failed: 1,
  async run({ args: [name = ""], context }) {
    return (await networkExists(engineOf(context), name)) ? 0 : 1;
  },
});
