// `teu-runtime state`.
import { findContainer, stateDocument } from "../../kernel/state/query.ts";
import { verb } from "./verb.ts";

export default verb({
  name: "runtime state",
  summary: "Show the state of a container as JSON",
  usage: "ID",
  flags: {},
  args: { min: 1, max: 1 },
  run({ args: [id = ""], runtime, context }) {
    context.out(`${JSON.stringify(stateDocument(findContainer(runtime, id)), null, 2)}\n`);
    return 0;
  },
});
