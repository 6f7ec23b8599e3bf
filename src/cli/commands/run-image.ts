// `run` of an image: finds it, and joins what it says with what the flags say.
import { posix } from "node:path";
import { type ImageDefaults, imageDefaults } from "../../containers/config/image-defaults.ts";
import type { Engine } from "../../engine/engine.ts";
import { findImage } from "../../engine/find-image.ts";
import { PULL_POLICIES, type ResolvedImage } from "../../engine/image-lookup.ts";
import type { RunImage, RunRequest } from "../../engine/run-request.ts";
import { parseSignal } from "../../kernel/tables/signals.ts";
import { type CliContext, UsageError } from "../command.ts";
import type { RunFlagValues } from "./run/flags.ts";
import type { FlagOptions } from "./run/options.ts";

export interface ImageCall {
  readonly name: string;
  readonly args: readonly string[];
  readonly flags: RunFlagValues;
  readonly asked: FlagOptions;
}

/** @throws TeuError `not-found` where there is no such image; InvalidInputError where image and flags do not make a container */
export async function imageContainer(
  engine: Engine,
  context: CliContext,
  { name, args, flags, asked }: ImageCall,
): Promise<Pick<RunRequest, "container" | "user" | "image">> {
  const pull = PULL_POLICIES.find((policy) => policy === (flags.pull ?? "missing"));
  if (pull === undefined) throw new UsageError(`--pull: ${flags.pull} is none of ${PULL_POLICIES.join(", ")}`);
  const quiet = flags.quiet === true;
  const platform = flags.platform === undefined ? {} : { platform: flags.platform };
  const image = await findImage(engine, name, { pull, quiet, ...platform, missing: (text) => context.err(`${text}\n`) });
  const made = imageDefaults(image.config.config, {
    args,
    env: asked.env,
    labels: asked.labels,
    ...(flags.entrypoint === undefined ? {} : { entrypoint: flags.entrypoint }),
    ...(flags.workdir === undefined ? {} : { workdir: flags.workdir }),
    ...(flags.user === undefined ? {} : { user: flags.user }),
    ...(flags["stop-signal"] === undefined ? {} : { stopSignal: flags["stop-signal"] }),
  });
  return {
    container: {
      ...asked.container,
      rootfs: image.layers.at(-1) ?? "",
      args: made.args,
      env: made.env,
      cwd: made.cwd,
      readonlyRoot: asked.readonlyRoot,
    },
    user: { user: made.user, groupAdd: asked.groupAdd },
    image: { ...runImage(name, image, { made, asked }), ...(await copiedWhereRefused(engine, name)) },
  };
}

/** Only without root, where it is not certain what the kernel makes of layers. */
async function copiedWhereRefused(engine: Engine, name: string): Promise<Pick<RunImage, "copied">> {
  if (!engine.runtime.facts().rootless) return {};
  const { overlayRefusal } = await import("../../engine/copied-root.ts");
  const refusal = await overlayRefusal(engine);
  if (refusal === undefined) return {};
  engine.runtime.warn(`the layers of ${name} are copied for this container, as there is no overlay: ${refusal}`);
  return { copied: true };
}

function runImage(name: string, image: ResolvedImage, { made, asked }: { made: ImageDefaults; asked: FlagOptions }): RunImage {
  const taken = new Set([...asked.container.binds, ...(asked.container.tmpfs ?? [])].map(({ destination }) => posix.resolve(destination)));
  const { stopSignal, stopTimeout, healthCheck } = made;
  return {
    layers: image.layers,
    ...(image.confirm === undefined ? {} : { confirm: image.confirm }),
    volumes: [...new Set([...made.volumes, ...asked.volumes])].filter((destination) => !taken.has(destination)),
    facts: {
      image: name,
      imageId: image.id,
      manifestDigest: image.manifestDigest,
      labels: made.labels,
      exposedPorts: made.exposedPorts,
      // An image's word that is no signal is not obeyed, as it would be refused only when it is too late.
      ...(stopSignal === undefined || parseSignal(stopSignal) === undefined ? {} : { stopSignal }),
      ...(stopTimeout === undefined ? {} : { stopTimeout }),
      ...(healthCheck === undefined ? {} : { healthCheck }),
    },
  };
}
