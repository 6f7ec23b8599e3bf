// Tests of `teu run IMAGE`: as each caller, with an image `box` made of a busybox and the layers of the test.

import type { ResolvedImage } from "../../src/engine/image-lookup.ts";
import type { ExecutionConfig } from "../../src/spec/image/image-config.ts";
import { imageTeu, type Layer, makeImage, writeImages } from "../support/images.ts";
import type { Outcome, RunOptions } from "../support/run.ts";
import { CALLERS, type Caller, type Cli, type CliOptions, cliTest } from "./callers.ts";

export interface ImageCli extends Cli {
  readonly image: ResolvedImage;
  readonly program: string;
  /** The account that calls; undefined for root. */
  readonly account: ReturnType<Caller["account"]>;
  /** Runs `teu` with the image. */
  teu(args: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** `run --rm --name NAME FLAGS box`; what follows is the container's program. */
  box(name: string, ...flags: readonly string[]): readonly string[];
}

export interface ImageOptions extends CliOptions {
  readonly layers?: readonly Layer[];
  readonly config?: ExecutionConfig;
  /** The image is not there, but can be pulled. */
  readonly remote?: boolean;
}

export function imageTest(caller: Caller, name: string, body: (cli: ImageCli) => Promise<void>, options: ImageOptions = {}): void {
  const { layers = [], config, remote = false, ...rest } = options;
  cliTest(
    caller,
    name,
    async (cli) => {
      const account = caller.account();
      const program = await imageTeu();
      const made = { rootfs: cli.rootfs, layers, account, ...(config === undefined ? {} : { config }) };
      const image = await makeImage(cli.roots, made);
      writeImages(cli.roots, remote ? { remote: { box: image } } : { local: { box: image } }, account);
      await body({
        ...cli,
        image,
        program,
        account,
        teu: (args, more) => cli.run([program, ...args], more),
        start: (args, more) => cli.startProgram([program, ...args], more),
        box: (id, ...flags) => ["run", "--rm", "--name", cli.roots.id(id), ...flags, "box"],
      });
    },
    rest,
  );
}

export function imageTests(name: string, body: (cli: ImageCli) => Promise<void>, options: ImageOptions = {}): void {
  for (const caller of CALLERS) imageTest(caller, name, body, options);
}
