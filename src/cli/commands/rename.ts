// `teu rename`.
import { findContainer } from "../../engine/containers/find.ts";
import { renameContainer } from "../../engine/containers/life/rename.ts";
import { command } from "../command.ts";
import { engineOf } from "../engine.ts";

export default command({
  name: "rename",
  summary: "Give a container another name",
  usage: "CONTAINER NEW-NAME",
  flags: {},
  args: { min: 2, max: 2, completes: "containers" },
  failed: 1,
  async run({ args: [text = "", name = ""], context }) {
    const engine = engineOf(context);
    await renameContainer(engine, findContainer(engine, text), name);
    return 0;
  },
});
