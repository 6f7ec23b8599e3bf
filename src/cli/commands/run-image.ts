// The image that `run` and `create` name: found, and pulled where it is not there.
import { imageDefaults } from "../../containers/config/image-defaults.ts";
import type { ImageRoot } from "../../containers/document/document.ts";
import type { Engine } from "../../engine/engine.ts";
import { findImage } from "../../engine/find-image.ts";
import { PULL_POLICIES } from "../../engine/image-lookup.ts";
import { type CliContext, UsageError } from "../command.ts";
import type { RunFlagValues } from "./run-flags.ts";
import type { FlagOptions } from "./run-options.ts";
import type { Target } from "./run-target.ts";

export interface ImageCall {
  readonly name: string;
  readonly args: readonly string[];
  readonly flags: RunFlagValues;
  readonly asked: FlagOptions;
}

/** @throws TeuError `not-found` where there is no such image; InvalidInputError where image and flags do not make a container */
export async function imageTarget(engine: Engine, context: CliContext, { name, args, flags, asked }: ImageCall): Promise<Target> {
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
  const root: ImageRoot = { kind: "image", name, id: image.id, manifest: image.manifestDigest, layers: image.layers };
  return {
    root: { ...root, ...(await copiedWhereRefused(engine, name)) },
    made,
    remove: false,
    ...(image.confirm === undefined ? {} : { confirm: image.confirm }),
  };
}

/** Only without root, where it is not certain what the kernel makes of layers. */
async function copiedWhereRefused(engine: Engine, name: string): Promise<Pick<ImageRoot, "copied">> {
  if (!engine.runtime.facts().rootless) return {};
  const { overlayRefusal } = await import("../../engine/copied-root.ts");
  const refusal = await overlayRefusal(engine);
  if (refusal === undefined) return {};
  engine.runtime.warn(`the layers of ${name} are copied for this container, as there is no overlay: ${refusal}`);
  return { copied: true };
}
