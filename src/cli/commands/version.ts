// `teu version`.
import { VERSION } from "../version.ts";
import { command } from "../command.ts";

export default command({
  name: "version",
  summary: "Show the version",
  usage: "",
  flags: {},
  args: { min: 0, max: 0 },
  run({ context }) {
    context.out(`teu ${VERSION}\n`);
    return 0;
  },
});
