// What the tests of the image commands share: `teu` with an engine of its own, a real registry, and small images made here.
import { join } from "node:path";
import { type MadeImage, makeImage, makeIndex, writeLayout } from "../archives/fixture.ts";
import { CALLERS, type Caller, type Cli, cliTest } from "../cli/callers.ts";
import { type RegistryOptions, startRegistry, type TestRegistry } from "../support/registry.ts";
import { type Outcome, type RunOptions, runOk } from "../support/run.ts";

export interface ImageCli {
  readonly cli: Cli;
  readonly registry: TestRegistry;
  /** Runs `teu`; nobody's credentials but the test's are found. */
  teu(args: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** Its output. @throws Error when it fails */
  ok(...args: readonly string[]): Promise<string>;
  /** `team/app:1` as the registry's name: `127.0.0.1:PORT/team/app:1`. */
  name(path: string): string;
  /** Makes an image and puts it into the registry under each path. */
  publish(options: Parameters<typeof makeImage>[1], ...paths: readonly string[]): Promise<MadeImage>;
  /** Puts an index of two platforms there. */
  publishIndex(path: string): Promise<{ readonly digest: string; readonly children: readonly MadeImage[] }>;
  /** A layout with one image, for `skopeo` and `teu load`. */
  layout(image: MadeImage): Promise<string>;
}

/** Paths of files that are not there, in place of the caller's own. */
export function isolated(cli: Cli): Readonly<Record<string, string>> {
  return { DOCKER_CONFIG: cli.roots.path("docker"), REGISTRY_AUTH_FILE: cli.roots.path("auth.json") };
}

export async function openImageCli(cli: Cli, registry: TestRegistry): Promise<ImageCli> {
  const env = isolated(cli);
  const teu = (args: readonly string[], options: RunOptions = {}) => cli.teu(args, { ...options, env: { ...env, ...options.env } });
  const name = (path: string) => `${registry.host}/${path}`;
  let layouts = 0;
  const freshPath = () => join(registry.directory, `layout-${cli.roots.mark}-${++layouts}`);
  const upload = async (path: string, layout: string, ...flags: readonly string[]) =>
    void (await runOk(["skopeo", "copy", ...flags, "--dest-tls-verify=false", `oci:${layout}:made`, `docker://${name(path)}`]));
  const layout = async (image: MadeImage) => {
    const path = freshPath();
    await writeLayout(path, "made", image.manifest, [image]);
    return path;
  };
  return {
    cli,
    registry,
    teu,
    name,
    layout,
    async ok(...args) {
      const { status, stdout, stderr } = await teu(args);
      if (status !== 0) throw new Error(`teu ${args.join(" ")}: ${status}: ${stderr}`);
      return stdout;
    },
    async publish(options, ...paths) {
      const image = await makeImage(registry.directory, options);
      const from = await layout(image);
      for (const path of paths) await upload(path, from);
      return image;
    },
    async publishIndex(path) {
      const platforms = ["amd64", "arm64"].map((architecture) => ({ os: "linux", architecture }));
      const children: MadeImage[] = [];
      for (const platform of platforms) children.push(await makeImage(registry.directory, { platform }));
      const index = makeIndex(children.map(({ manifest }, at) => ({ manifest, ...(platforms[at] && { platform: platforms[at] }) })));
      const from = freshPath();
      await writeLayout(from, "made", index, children);
      await upload(path, from, "--all");
      return { digest: index.digest, children };
    },
  };
}

export interface ImageTestOptions extends RegistryOptions {
  /** Root alone where the account makes no difference. */
  readonly callers?: readonly Caller[];
}

/** Defines a test with a registry of its own. */
export function imageTests(name: string, body: (images: ImageCli) => Promise<void>, options: ImageTestOptions = {}): void {
  const { callers = CALLERS, ...registryOptions } = options;
  for (const caller of callers)
    cliTest(caller, name, async (cli) => {
      await using registry = await startRegistry(registryOptions);
      await body(await openImageCli(cli, registry));
    });
}
