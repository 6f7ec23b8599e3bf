// The program with a store of a test's own, and images to put into it.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type MadeImage, makeImage, writeLayout } from "../../archives/fixture.ts";
import { type TestRoots, withRoots } from "../../support/roots.ts";
import type { Outcome, RunOptions } from "../../support/run.ts";
import { teu } from "../../support/teu.ts";
import type { Account } from "../../support/user.ts";

export interface StoreCli {
  readonly roots: TestRoots;
  /** Runs `teu`. */
  try(args: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** Its standard output. @throws Error when it fails */
  ok(args: readonly string[], options?: RunOptions): Promise<string>;
  /** Makes an image of two layers and loads it under a name; `salt` decides what is in the upper one. */
  image(name: string, salt?: string): Promise<MadeImage>;
  /** The directory of a layout with that image. */
  layout(name: string, salt?: string): Promise<{ readonly path: string; readonly image: MadeImage }>;
  /** A directory with files in it. */
  tree(name: string, files: Readonly<Record<string, string>>): string;
}

function openCli(roots: TestRoots, user: Account | undefined): StoreCli {
  const attempt = (args: readonly string[], options: RunOptions = {}) =>
    teu(args, { roots, ...(user === undefined ? {} : { user }), ...options });
  const ok = async (args: readonly string[], options: RunOptions = {}) => {
    const { status, stdout, stderr } = await attempt(args, options);
    if (status !== 0) throw new Error(`teu ${args.join(" ")}: exit status ${status}\n${stdout}${stderr}`);
    return stdout;
  };
  const layout = async (name: string, salt = name) => {
    const path = roots.path(`layout-${salt.replaceAll(/\W/g, "-")}`);
    const image = await makeImage(roots.directory, { salt });
    await writeLayout(path, name, image.manifest, [image]);
    return { path, image };
  };
  return {
    roots,
    try: attempt,
    ok,
    layout,
    async image(name, salt) {
      const { path, image } = await layout(name, salt);
      await ok(["load", "-i", path]);
      return image;
    },
    tree(name, files) {
      for (const [path, content] of Object.entries(files)) {
        mkdirSync(dirname(roots.path(name, path)), { recursive: true });
        writeFileSync(join(roots.path(name), path), content);
      }
      return roots.path(name);
    },
  };
}

/** Runs a test's body with an empty store; of an account, when one is given. */
export function withStore(body: (cli: StoreCli) => Promise<void>, user?: Account): () => Promise<void> {
  return () => withRoots((roots) => body(openCli(roots, user)), user === undefined ? {} : { owner: user });
}

/** Another empty store beside it: what is saved by one is loaded by the other. */
export function withTwoStores(body: (one: StoreCli, two: StoreCli) => Promise<void>): () => Promise<void> {
  return withStore((one) => withRoots((roots) => body(one, openCli(roots, undefined))));
}
