// Tests of `teu run IMAGE`: as each caller, with an image `box` in its store, made of a busybox and the layers of the test.
import { busyboxArchive, type ImageTable, load, type StoredImage } from "../support/images.ts";
import { CALLERS, type Caller, type Cli, type CliOptions, cliTest } from "./callers.ts";

export interface ImageCli extends Cli {
  readonly image: StoredImage;
  /** The account that calls; undefined for root. */
  readonly account: ReturnType<Caller["account"]>;
  /** `run --rm --name NAME FLAGS box`; what follows is the container's program. */
  box(name: string, ...flags: readonly string[]): readonly string[];
}

export interface ImageOptions extends CliOptions, ImageTable {}

export const BOX = "docker.io/library/box:latest";

export function imageTest(caller: Caller, name: string, body: (cli: ImageCli) => Promise<void>, options: ImageOptions = {}): void {
  const { layers, config, ...rest } = options;
  cliTest(
    caller,
    name,
    async (cli) => {
      const account = caller.account();
      const archive = await busyboxArchive(BOX, [
        { ...(layers === undefined ? {} : { layers }), ...(config === undefined ? {} : { config }) },
      ]);
      const image = await load(cli.roots, archive, account);
      await body({ ...cli, image, account, box: (id, ...flags) => boxOf(cli, id, ...flags) });
    },
    rest,
  );
}

/** `run --rm --name NAME FLAGS box`. */
export function boxOf({ roots }: Cli, id: string, ...flags: readonly string[]): readonly string[] {
  return ["run", "--rm", "--name", roots.id(id), ...flags, "box"];
}

export function imageTests(name: string, body: (cli: ImageCli) => Promise<void>, options: ImageOptions = {}): void {
  for (const caller of CALLERS) imageTest(caller, name, body, options);
}
