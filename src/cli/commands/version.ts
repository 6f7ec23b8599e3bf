// `teu version`.

import { command } from "../command.ts";
import { VERSION } from "../version.ts";

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
