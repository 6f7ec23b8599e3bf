// `teu internal …`: commands that teu's own processes run; not for people.
import { deleteContainer } from "../../kernel/state/delete.ts";
import { command, UsageError } from "../command.ts";
import { engineOf } from "../engine.ts";

export default command({
  name: "internal",
  summary: "Commands that teu runs itself",
  usage: "exited ID",
  flags: {},
  args: { min: 2, max: 2 },
  /** The monitor of a container that is to be removed runs this when the container has ended. */
  async run({ args: [what, id = ""], context }) {
    if (what !== "exited") throw new UsageError(`internal ${what} is not known`);
    await deleteContainer(engineOf(context).runtime, id, { force: true });
    return 0;
  },
});
