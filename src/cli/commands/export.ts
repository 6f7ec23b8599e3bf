// `teu export`: the files of a container as a tar, in a file or on standard output.
import { resolve } from "node:path";
import { exportContainer } from "../../engine/containers/files/export.ts";
import { writeOutput } from "../byte-output.ts";
import { command, UsageError } from "../command.ts";
import { engineOf } from "../engine.ts";
import { interruptible } from "../interruption.ts";
import { intoFile } from "../output-file.ts";
import { isTerminal } from "../terminal/tty.ts";

const STDOUT = 1;

export default command({
  name: "export",
  summary: "Export the files of a container as a tar",
  usage: "[flags] CONTAINER",
  flags: {
    output: { type: "string", short: "o", value: "FILE", completes: "files", summary: "Write to a file, in place of standard output" },
  },
  args: { min: 1, max: 1, completes: "containers" },
  failed: 1,
  examples: ["teu export web | tar -t"],
  async run({ flags, args: [container = ""], context }) {
    const engine = engineOf(context);
    const { output } = flags;
    if (output === undefined && isTerminal(STDOUT))
      throw new UsageError("cowardly refusing to save to a terminal. Use the -o flag or redirect");
    return await interruptible(context, "nothing was exported", async (signal) => {
      if (output === undefined) await exportContainer(engine, container, writeOutput, { signal });
      else await intoFile(resolve(output), (write) => exportContainer(engine, container, write, { signal }));
      return 0;
    });
  },
});
