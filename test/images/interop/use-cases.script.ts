// The use cases of images as commands, run as a program of their own: `use-cases.script.ts BIN WORDS`. BIN is the directory of the built
// executables. `layers NAME` prints the directories of an image's unpacked layers, bottom to top.
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { CliContext } from "../../../src/cli/command.ts";
import { engineOf } from "../../../src/cli/engine.ts";
import { type ImageEngine, openImages } from "../../../src/engine/images/image-engine.ts";
import { openLookup } from "../../../src/engine/images/lookup.ts";
import { pull } from "../../../src/engine/images/pull.ts";
import { push } from "../../../src/engine/images/push.ts";
import { openDestination, openSource } from "../../../src/engine/images/transports.ts";
import { copyImage } from "../../../src/image/copy/copy.ts";

const [bin = "", ...words] = process.argv.slice(2);
const context: CliContext = {
  env: process.env,
  home: bin,
  self: join(bin, "teu"),
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
};

const { values, positionals } = parseArgs({ args: words, options: { all: { type: "boolean" } }, allowPositionals: true });
const [command = "", first = "", second = ""] = positionals;

async function copy(images: ImageEngine): Promise<string> {
  await using source = await openSource(images, first);
  await using destination = await openDestination(images, second);
  return (await copyImage(source, destination, { platform: images.platform, all: values.all === true })).manifest.digest;
}

async function layers(images: ImageEngine): Promise<string> {
  const found = await openLookup(images).ensure(first, { pull: "never", quiet: true });
  return found.layers.join("\n");
}

/** Each prints one thing: a digest, but for `layers`. */
const COMMANDS: Readonly<Record<string, (images: ImageEngine) => Promise<string>>> = {
  pull: async (images) => (await pull(images, first)).digest,
  push: async (images) => (await push(images, first)).digest,
  copy,
  layers,
};

const engine = { ...engineOf(context), configFile: join(process.env.TEU_ROOT ?? "", "config/config.yaml") };
using images = openImages(engine);
const found = COMMANDS[command];
if (found === undefined) throw new Error(`no command ${command}`);
try {
  console.log(await found(images));
} catch (error) {
  console.error(`teu: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
