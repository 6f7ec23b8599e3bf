// `teu top`: the processes of a container.
import { findContainer } from "../../engine/containers/find.ts";
import { topOf } from "../../engine/containers/show/top.ts";
import { command } from "../command.ts";
import { engineOf } from "../engine.ts";
import { formatTable, LEAST_WIDTH } from "../format/table.ts";

/** Where ps is looked for when the caller has no $PATH. */
const USUAL_PATH = "/usr/local/bin:/usr/bin:/bin";

export default command({
  name: "top",
  summary: "Show the processes of a container",
  usage: "CONTAINER [PS-FLAG…]",
  flags: {},
  args: { min: 1, max: Number.POSITIVE_INFINITY, completes: "containers" },
  stopAtFirstArg: true,
  failed: 1,
  examples: ["teu top web                   as ps -ef shows them", "teu top web -o pid,rss,args   other columns"],
  async run({ args: [name = "", ...words], context }) {
    const engine = engineOf(context);
    const { titles, rows } = await topOf(engine, findContainer(engine, name), { words, path: context.env.PATH ?? USUAL_PATH });
    context.out(formatTable(titles, rows, LEAST_WIDTH.dockerTop));
    return 0;
  },
});
