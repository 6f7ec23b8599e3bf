// Use cases of images that no command of the program has yet, run as a program of their own: `use-cases.script.ts BIN WORDS`, where BIN is
// the directory of the built executables. `copy [--all] FROM TO` copies between transports and prints a digest; `layers NAME` prints the
// directories of an image's unpacked layers, bottom to top.
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { CliContext } from "../../../src/cli/command.ts";
import { engineOf } from "../../../src/cli/engine.ts";
import { openImages } from "../../../src/engine/images/image-engine.ts";
import { openLookup } from "../../../src/engine/images/lookup.ts";
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
using images = openImages(engineOf(context));

async function copy(): Promise<string> {
  await using source = await openSource(images, first);
  await using destination = await openDestination(images, second);
  return (await copyImage(source, destination, { platform: images.platform, all: values.all === true })).manifest.digest;
}

async function layers(): Promise<string> {
  const found = await openLookup(images).ensure(first, { pull: "never", quiet: true });
  return found.layers.join("\n");
}

console.log(command === "copy" ? await copy() : await layers());
