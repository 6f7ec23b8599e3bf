// The images of `run` and `create`, with a pull's progress on standard error: standard output is the container's.
import type { Engine } from "../engine/engine.ts";
import { quickLookup } from "../engine/images/quick-lookup.ts";
import type { ImageLookup } from "../engine/roots/image-lookup.ts";
import type { CliContext } from "./command.ts";

const STDERR = 2;

export function lookupOf(engine: Engine, context: CliContext): ImageLookup {
  let lookup: Promise<ImageLookup> | undefined;
  return quickLookup(engine, () => {
    lookup ??= storeLookup(engine, context);
    return lookup;
  });
}

async function storeLookup(engine: Engine, context: CliContext): Promise<ImageLookup> {
  const [{ openImages }, { openLookup }, { openProgress }] = await Promise.all([
    import("../engine/images/image-engine.ts"),
    import("../engine/images/lookup.ts"),
    import("./progress/progress.ts"),
  ]);
  return openLookup(openImages(engine), { progress: () => openProgress({}, { ...context, out: context.err }, STDERR) });
}
