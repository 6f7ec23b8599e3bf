// `bootstrap:debian/bookworm`: a base image from a distribution's own archive, by mmdebstrap where it is installed, else by debootstrap. The
// same packages give the same bytes: times are cut to the archive's date, and what differs from run to run is left out.
import { access, mkdtemp, rm } from "node:fs/promises";
import { TeuError } from "../../base/errors.ts";
import { runProgram } from "../../kernel/launch/program.ts";
import { streamProgram } from "../../kernel/launch/program-stream.ts";
import type { ExecutionConfig } from "../../spec/image/image-config.ts";
import { formatPlatform, type Platform } from "../../spec/image/platform.ts";
import { DISTROS, debianArch, type Recipe } from "./recipe.ts";
import { fetchReleaseDate } from "./release.ts";

export interface BootstrapOptions {
  /** Where the tools look for programs. */
  readonly path: string;
  /** For what the tools unpack; on a file system without `nodev` and `noexec`. */
  readonly temporary: string;
  /** Effective user is root. Otherwise mmdebstrap works in a user namespace. */
  readonly isRoot: boolean;
  readonly signal?: AbortSignal;
  /** Told what the tool says while it works. */
  readonly onLine?: (line: string) => void;
}

/** A root file system on its way, with all that an import needs to know of it. */
export interface BootstrappedTree {
  /** The tar. The tool starts with the first read, and ends when nobody reads on; the stream ends with an error when the tool failed. */
  readonly tar: AsyncIterable<Uint8Array>;
  readonly platform: Platform;
  /** RFC 3339: the archive's date. */
  readonly created: string;
  readonly config: ExecutionConfig;
  /** The recipe with nothing left out, for the history. */
  readonly createdBy: string;
}

const CONFIG: ExecutionConfig = {
  Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
  Cmd: ["bash"],
};

/** What differs from one run of debootstrap to the next, or is of no use in an image; mmdebstrap(1), "cleanup", leaves out the same. */
const LEFT_OUT = [
  "./dev/*",
  "./etc/hostname",
  "./etc/machine-id",
  "./etc/resolv.conf",
  "./run/*",
  "./tmp/*",
  "./var/cache/apt/*.bin",
  "./var/cache/apt/archives/*.deb",
  "./var/cache/ldconfig/aux-cache",
  "./var/lib/apt/lists/*_*",
  "./var/lib/dbus/machine-id",
  "./var/log/*",
];

/** debootstrap(8) knows these; what it calls none is Debian's `important`. */
const DEBOOTSTRAP_VARIANTS: Readonly<Record<string, readonly string[]>> = {
  minbase: ["--variant=minbase"],
  buildd: ["--variant=buildd"],
  important: [],
};

/** The recipe written out. */
export function formatRecipe({ distro, suite, variant, components, include, mirror, platform }: Recipe): string {
  const extra = include.length > 0 ? `&include=${include.join(",")}` : "";
  return `bootstrap:${distro}/${suite}?variant=${variant}&components=${components.join(",")}${extra}&mirror=${mirror}&arch=${debianArch(platform)}`;
}

/**
 * Finds out how a root file system is to be made; reading the tar makes it.
 * @throws TeuError `not-found` (the suite), `unavailable` (the mirror); the stream: `unavailable` (no tool, or it failed), `unsupported`.
 */
export async function bootstrap(recipe: Recipe, options: BootstrapOptions): Promise<BootstrappedTree> {
  const epoch = await fetchReleaseDate(recipe, options.signal);
  const env = environment(options, epoch);
  const tar = (await hasProgram("mmdebstrap", options))
    ? streamProgram(["mmdebstrap", ...(await mmdebstrapArguments(recipe, options))], {
        env,
        ...signalOf(options),
        ...(options.onLine === undefined ? {} : { onLine: options.onLine }),
      })
    : debootstrapTar(recipe, options, env, epoch);
  return { tar, platform: recipe.platform, created: new Date(epoch * 1000).toISOString(), config: CONFIG, createdBy: formatRecipe(recipe) };
}

function environment({ path, temporary }: BootstrapOptions, epoch: number): Readonly<Record<string, string>> {
  return {
    PATH: path,
    TMPDIR: temporary,
    SOURCE_DATE_EPOCH: String(epoch),
    LC_ALL: "C.UTF-8",
    DEBIAN_FRONTEND: "noninteractive",
    HOME: "/",
  };
}

function signalOf({ signal }: BootstrapOptions): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function hasProgram(name: string, { path }: BootstrapOptions): Promise<boolean> {
  for (const folder of path.split(":")) if (folder !== "" && (await exists(`${folder}/${name}`))) return true;
  return false;
}

async function mmdebstrapArguments(recipe: Recipe, { isRoot }: BootstrapOptions): Promise<readonly string[]> {
  const { distro, suite, variant, components, include, mirror, platform } = recipe;
  const { keyring } = DISTROS[distro];
  return [
    `--mode=${isRoot ? "root" : "unshare"}`,
    "--format=tar",
    `--variant=${variant}`,
    `--architectures=${debianArch(platform)}`,
    `--components=${components.join(",")}`,
    ...(include.length > 0 ? [`--include=${include.join(",")}`] : []),
    // Other distributions' keys are not among the host's own.
    ...((await exists(keyring)) ? [`--keyring=${keyring}`] : []),
    '--aptopt=Acquire::Languages "none"',
    // The host's own, which mmdebstrap lends to the packages' scripts.
    '--customize-hook=rm -f "$1/etc/hostname" "$1/etc/resolv.conf"',
    // A container gets its own /dev; without nodes the tree is the same with root and without.
    "--skip=output/dev",
    "--",
    suite,
    "-",
    mirror,
  ];
}

/** debootstrap fills a directory; tar makes a stream of it in an order and with times that do not change. */
async function* debootstrapTar(
  recipe: Recipe,
  options: BootstrapOptions,
  env: Readonly<Record<string, string>>,
  epoch: number,
): AsyncGenerator<Uint8Array> {
  if (!(await hasProgram("debootstrap", options))) {
    throw new TeuError("unavailable", "bootstrap an image: neither mmdebstrap nor debootstrap is installed (apt-get install mmdebstrap)");
  }
  if (!options.isRoot)
    throw new TeuError("unsupported", "bootstrap an image without root: debootstrap cannot (apt-get install mmdebstrap)");
  const variant = DEBOOTSTRAP_VARIANTS[recipe.variant];
  if (variant === undefined) {
    const known = Object.keys(DEBOOTSTRAP_VARIANTS).join(", ");
    throw new TeuError(
      "unsupported",
      `bootstrap the variant ${recipe.variant}: debootstrap knows ${known} only (apt-get install mmdebstrap)`,
    );
  }
  const directory = await mkdtemp(`${options.temporary}/teu-bootstrap-`);
  try {
    const argv = ["debootstrap", ...variant, ...(await debootstrapArguments(recipe)), recipe.suite, directory, recipe.mirror] as const;
    const { exitCode, stdout, stderr } = await runProgram(argv, { env, maxOutput: 16 * 1024 * 1024, ...signalOf(options) });
    if (exitCode !== 0) {
      const said = `${Buffer.from(stdout).toString("utf8")}\n${stderr}`.trim().split("\n").slice(-3).join("; ");
      throw new TeuError(
        "unavailable",
        `run debootstrap for ${recipe.suite} (${formatPlatform(recipe.platform)}): exit status ${exitCode}: ${said}`,
      );
    }
    yield* streamProgram(["tar", ...tarArguments(directory, epoch)], { env, ...signalOf(options) });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function debootstrapArguments({ distro, components, include, platform }: Recipe): Promise<readonly string[]> {
  const { keyring } = DISTROS[distro];
  return [
    `--arch=${debianArch(platform)}`,
    `--components=${components.join(",")}`,
    ...(include.length > 0 ? [`--include=${include.join(",")}`] : []),
    ...((await exists(keyring)) ? [`--keyring=${keyring}`] : []),
  ];
}

/** tar(1), "--sort", "--clamp-mtime"; reproducible-builds.org, "Archive metadata". */
function tarArguments(directory: string, epoch: number): readonly string[] {
  return [
    "--create",
    `--directory=${directory}`,
    "--format=pax",
    "--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime",
    "--sort=name",
    `--mtime=@${epoch}`,
    "--clamp-mtime",
    "--numeric-owner",
    "--xattrs",
    "--xattrs-include=*",
    "--one-file-system",
    ...LEFT_OUT.map((name) => `--exclude=${name}`),
    ".",
  ];
}
