// `teu volume export`: the files of a volume as a tar, in a file or on standard output, as podman has it.
import { resolve } from "node:path";
import { exportVolume } from "../../../engine/volumes/archive.ts";
import { writeOutput } from "../../byte-output.ts";
import { command, UsageError } from "../../command.ts";
import { engineOf } from "../../engine.ts";
import { interruptible } from "../../interruption.ts";
import { intoFile } from "../../output-file.ts";
import { isTerminal } from "../../terminal/tty.ts";

const STDOUT = 1;

export default command({
  name: "volume export",
  summary: "Export the files of a volume as a tar",
  usage: "[flags] VOLUME",
  flags: {
    output: { type: "string", short: "o", value: "FILE", completes: "files", summary: "Write to a file, in place of standard output" },
  },
  args: { min: 1, max: 1, completes: "volumes" },
  failed: 1,
  examples: ["teu volume export data | ssh backup teu volume import data -"],
  async run({ flags, args: [name = ""], context }) {
    const engine = engineOf(context);
    const { output } = flags;
    if (output === undefined && isTerminal(STDOUT))
      throw new UsageError("cowardly refusing to save to a terminal. Use the -o flag or redirect");
    return await interruptible(context, "nothing was exported", async (signal) => {
      if (output === undefined) await exportVolume(engine, name, writeOutput, { signal });
      else await intoFile(resolve(output), (write) => exportVolume(engine, name, write, { signal }));
      return 0;
    });
  },
});
