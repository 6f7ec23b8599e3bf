// `teu save`: images into an archive, in a file or on standard output.
import { resolve } from "node:path";
import { openImages } from "../../engine/images/image-engine.ts";
import { saveImages } from "../../engine/images/save.ts";
import type { ArchiveTarget } from "../../image/archives/archive-writer.ts";
import { parsePlatform } from "../../spec/image/platform.ts";
import { writeOutput } from "../byte-output.ts";
import { command, UsageError } from "../command.ts";
import { engineOf } from "../engine.ts";
import { interruptible } from "../interruption.ts";
import { PLATFORM_FLAGS } from "../registry-flags.ts";
import { isTerminal } from "../terminal/tty.ts";

const STDOUT = 1;

export default command({
  name: "save",
  summary: "Save images to an archive",
  usage: "[flags] IMAGE…",
  flags: {
    output: { type: "string", short: "o", value: "FILE", completes: "files", summary: "Write to a file, in place of standard output" },
    format: {
      type: "string",
      oneOf: ["docker-archive", "oci-archive"],
      value: "FORMAT",
      summary: "docker-archive (what docker load reads, too) or oci-archive",
    },
    ...PLATFORM_FLAGS,
  },
  args: { min: 1, max: Number.POSITIVE_INFINITY, completes: "images" },
  failed: 1,
  examples: ["teu save -o two.tar debian:12 alpine", "teu save debian:12 | ssh host teu load"],
  async run({ flags, args, context }) {
    const target = targetOf(flags.output);
    using images = openImages(engineOf(context));
    const platform = flags.platform === undefined ? undefined : parsePlatform(flags.platform, images.platform);
    return await interruptible(context, "nothing was saved", async (signal) => {
      await saveImages(images, args, { target, format: flags.format === "oci-archive" ? "oci" : "docker", platform, signal });
      return 0;
    });
  },
});

function targetOf(output: string | undefined): ArchiveTarget {
  if (output !== undefined) return { path: resolve(output) };
  if (isTerminal(STDOUT)) throw new UsageError("cowardly refusing to save to a terminal. Use the -o flag or redirect");
  return { write: writeOutput, name: "standard output" };
}
