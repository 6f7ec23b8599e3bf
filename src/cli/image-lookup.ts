// The images of `run` and `create`, with a pull's progress on standard error: standard output is the container's.
import type { Engine } from "../engine/engine.ts";
import type { ImageLookup } from "../engine/image-lookup.ts";
import { openImages } from "../engine/images/image-engine.ts";
import { openLookup } from "../engine/images/lookup.ts";
import type { CliContext } from "./command.ts";
import { openProgress } from "./progress/progress.ts";

const STDERR = 2;

export function lookupOf(engine: Engine, context: CliContext): ImageLookup {
  return openLookup(openImages(engine), { progress: () => openProgress({}, { ...context, out: context.err }, STDERR) });
}
