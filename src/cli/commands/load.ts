// `teu load`: the images of an archive into the store, with docker's lines.
import { resolve } from "node:path";
import { openImages } from "../../engine/images/image-engine.ts";
import { type LoadedImage, loadImages } from "../../engine/images/load.ts";
import type { ArchiveInput } from "../../image/archives/loadable.ts";
import type { ProgressSink } from "../../image/ports/progress.ts";
import { formatFamiliar, parseReference } from "../../spec/distribution/reference.ts";
import { parsePlatform } from "../../spec/image/platform.ts";
import { readInput } from "../byte-output.ts";
import { command, UsageError } from "../command.ts";
import { engineOf } from "../engine.ts";
import { interruptible } from "../interruption.ts";
import { openProgress, PROGRESS_FLAGS } from "../progress/progress.ts";
import { PLATFORM_FLAGS } from "../registry-flags.ts";
import { isTerminal } from "../terminal/tty.ts";

const [STDIN, STDOUT] = [0, 1];

export default command({
  name: "load",
  summary: "Load the images of an archive",
  usage: "[flags]",
  flags: {
    input: {
      type: "string",
      short: "i",
      value: "FILE",
      completes: "files",
      summary: "An archive, or the directory of an OCI layout, in place of standard input",
    },
    ...PROGRESS_FLAGS,
    ...PLATFORM_FLAGS,
  },
  args: { min: 0, max: 0 },
  failed: 1,
  examples: ["teu load -i two.tar", "docker save debian:12 | teu load"],
  async run({ flags, context }) {
    const input = inputOf(flags.input);
    using images = openImages(engineOf(context));
    const platform = flags.platform === undefined ? undefined : parsePlatform(flags.platform, images.platform);
    // As docker: what is no terminal is told the outcome only.
    const quiet = flags.quiet ?? (flags.progress === undefined && !isTerminal(STDOUT));
    return await interruptible(context, "images that were not told of are not in the store", async (signal) => {
      using view = openProgress({ ...flags, quiet }, context);
      const loaded = (image: LoadedImage) => tell(image, view.sink);
      await loadImages(images, input, { platform, signal, onProgress: view.sink, loaded });
      return 0;
    });
  },
});

function inputOf(input: string | undefined): ArchiveInput {
  if (input !== undefined) return { path: resolve(input) };
  if (isTerminal(STDIN)) throw new UsageError("requested load from stdin, but stdin is empty");
  return { stream: readInput(), name: "standard input" };
}

const familiar = (name: string) => formatFamiliar(parseReference(name));

function tell({ id, names, taken }: LoadedImage, sink: ProgressSink): void {
  const say = (text: string) => sink({ kind: "message", text, last: true });
  for (const one of taken) {
    say(`The image ${familiar(one.name)} already exists, renaming the old one with ID ${one.id} to empty string`);
  }
  for (const name of names) say(`Loaded image: ${familiar(name)}`);
  if (names.length === 0) say(`Loaded image ID: ${id}`);
}
