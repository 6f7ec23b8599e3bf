// `teu` with an engine of its own, and small images, for the tests of moving images.
import { AMD64, ARM64, makeImage, makeIndex, writeLayout } from "../../archives/fixture.ts";
import type { TestRoots } from "../../support/roots.ts";
import { type Outcome, type RunOptions, run, runOk } from "../../support/run.ts";
import { reachable, rootsEnvironment } from "../../support/teu.ts";
import type { Account } from "../../support/user.ts";

export interface Program {
  /** Must end with status 0; its standard output. */
  ok(...args: readonly string[]): Promise<string>;
  run(args: readonly string[], options?: RunOptions): Promise<Outcome>;
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Nothing of the machine's own accounts is looked at. */
export async function openProgram(roots: TestRoots, account?: Account): Promise<Program> {
  const path = await reachable("teu");
  const env = { ...rootsEnvironment(roots, account), HOME: roots.directory, DOCKER_CONFIG: roots.path("docker") };
  return {
    path,
    env,
    ok: (...args) => runOk([path, ...args], { env }),
    run: (args, options) => run([path, ...args], { ...options, env: { ...env, ...options?.env } }),
  };
}

export interface Images {
  /** `oci:DIRECTORY`; images are named amd64, arm64 and all. */
  readonly layout: string;
  readonly amd64: string;
  readonly arm64: string;
  /** An index of both. */
  readonly all: string;
}

/** Makes a layout of two images and their index; the values are digests. */
export async function makeImages(roots: TestRoots): Promise<Images> {
  const path = roots.path("layout");
  const amd64 = await makeImage(roots.directory, { salt: "one" });
  const arm64 = await makeImage(roots.directory, { salt: "two", platform: ARM64 });
  const index = makeIndex([
    { ...amd64, platform: AMD64 },
    { ...arm64, platform: ARM64 },
  ]);
  await writeLayout(path, "amd64", amd64.manifest, [amd64]);
  await writeLayout(path, "arm64", arm64.manifest, [arm64]);
  await writeLayout(path, "all", index, [amd64, arm64]);
  return { layout: `oci:${path}`, amd64: amd64.manifest.digest, arm64: arm64.manifest.digest, all: index.digest };
}

/** What skopeo says of a name. */
export async function digestBySkopeo(name: string): Promise<string> {
  const manifest = await run(["skopeo", "inspect", "--raw", ...(name.startsWith("docker:") ? ["--tls-verify=false"] : []), name]);
  if (manifest.status !== 0) throw new Error(manifest.stderr);
  return `sha256:${new Bun.CryptoHasher("sha256").update(manifest.stdout).digest("hex")}`;
}
