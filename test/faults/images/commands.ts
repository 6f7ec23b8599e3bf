// Commands on images by their use cases, for those that `teu` has no command of its own for yet. usage: commands.ts VERB ARGUMENT…
import { engineOf } from "../../../src/cli/engine.ts";
import { openImages } from "../../../src/engine/images/image-engine.ts";
import { receiveImage } from "../../../src/engine/images/receive.ts";
import { openOciArchive } from "../../../src/image/archives/oci-archive.ts";

const [home = "", verb = "", ...args] = Bun.argv.slice(2);
const engine = engineOf({ env: process.env, home, self: process.execPath, out: () => {}, err: (t) => process.stderr.write(t) });
using images = openImages(engine);
const [first = "", second = ""] = args;
try {
  if (verb === "load") {
    await using source = await openOciArchive(first, {}, { temporary: "/tmp" });
    await receiveImage(images, source, { name: second });
  } else if (verb === "prune") await images.store.pruneImages({ all: true });
  else throw new Error(verb);
} catch (error) {
  console.error(`teu: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
