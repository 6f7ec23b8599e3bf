// The image that `run` and `create` name: found, and pulled where it is not there.
import type { ImageRoot } from "../../../containers/document/document.ts";
import type { Engine } from "../../../engine/engine.ts";
import { findImage } from "../../../engine/roots/find-image.ts";
import { PULL_POLICIES } from "../../../engine/roots/image-lookup.ts";
import { type CliContext, UsageError } from "../../command.ts";
import type { RunFlagValues } from "./flags.ts";
import type { Target } from "./target.ts";

export interface ImageCall {
  readonly name: string;
  readonly args: readonly string[];
  readonly flags: RunFlagValues;
}

/** @throws TeuError `not-found` where there is no such image */
export async function imageTarget(engine: Engine, context: CliContext, { name, args, flags }: ImageCall): Promise<Target> {
  const pull = PULL_POLICIES.find((policy) => policy === (flags.pull ?? "missing"));
  if (pull === undefined) throw new UsageError(`--pull: ${flags.pull} is none of ${PULL_POLICIES.join(", ")}`);
  const quiet = flags.quiet === true;
  const platform = flags.platform === undefined ? {} : { platform: flags.platform };
  const image = await findImage(engine, name, { pull, quiet, ...platform, missing: (text) => context.err(`${text}\n`) });
  const { config } = image.config;
  const root: ImageRoot = { kind: "image", name, id: image.id, manifest: image.manifestDigest, layers: image.layers };
  return {
    root: { ...root, ...(await copiedWhereNeeded(engine, { name, flags })) },
    image: config ?? {},
    args,
    demo: false,
    ...(image.confirm === undefined ? {} : { confirm: image.confirm }),
  };
}

/** Only without root, where it is not certain what the kernel makes of layers, and no layer can be seen with other owners than it has. */
async function copiedWhereNeeded(
  engine: Engine,
  { name, flags: { userns = "" } }: { readonly name: string; readonly flags: RunFlagValues },
): Promise<Pick<ImageRoot, "copied">> {
  if (!engine.runtime.facts().rootless) return {};
  if (userns.startsWith("keep-id")) return { copied: true };
  const { overlayRefusal } = await import("../../../engine/roots/copied-root.ts");
  const refusal = await overlayRefusal(engine);
  if (refusal === undefined) return {};
  engine.runtime.warn(`the layers of ${name} are copied for this container, as there is no overlay: ${refusal}`);
  return { copied: true };
}
