// `teu-runtime delete`.
import { deleteContainer } from "../../kernel/state/delete.ts";
import { verb } from "./verb.ts";

export default verb({
  name: "runtime delete",
  summary: "Delete a stopped container and all that was made for it",
  usage: "[flags] ID",
  flags: {
    force: { type: "boolean", short: "f", summary: "End it first, whatever its state; a container that does not exist is no error" },
  },
  args: { min: 1, max: 1 },
  async run({ flags, args: [id = ""], runtime }) {
    await deleteContainer(runtime, id, { force: flags.force === true });
    return 0;
  },
});
