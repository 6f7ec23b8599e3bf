// `teu` with images that a test has made by hand, of directories: `<root>/images.json` says which are there, and which a pull would bring.
// Compiled by images.ts and run as a program, like the real one.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { TeuError } from "../../src/base/errors.ts";
import type { CliContext } from "../../src/cli/command.ts";
import { exitStatusOf } from "../../src/cli/exit-status.ts";
import { runTeu } from "../../src/cli/teu.ts";
import type { ImageLookup, ResolvedImage } from "../../src/engine/image-lookup.ts";

export interface TestImages {
  readonly local: Readonly<Record<string, ResolvedImage>>;
  readonly remote: Readonly<Record<string, ResolvedImage>>;
}

function lookup(root: string): ImageLookup {
  const { local, remote } = JSON.parse(readFileSync(join(root, "images.json"), "utf8")) as TestImages; // written by the test
  return {
    resolve: async (name) => local[name],
    async ensure(name, { pull, platform, quiet }) {
      const image = (pull === "always" ? undefined : local[name]) ?? remote[name];
      if (image === undefined) throw new TeuError("not-found", `no registry has ${name}`);
      if (!quiet) context.err(`pulled ${name} ${platform ?? "for this host"}\n`);
      return image;
    },
  };
}

const write = (stream: NodeJS.WriteStream) => (text: string) => void stream.write(text);

const context: CliContext = {
  env: process.env,
  home: dirname(process.execPath),
  self: process.execPath,
  images: async ({ root }) => lookup(root),
  out: write(process.stdout),
  err: write(process.stderr),
};

void runTeu(process.argv.slice(2), context).then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    context.err(`teu: ${error instanceof Error ? (error instanceof TeuError ? error.message : error.stack) : error}\n`);
    process.exitCode = exitStatusOf(error);
  },
);
