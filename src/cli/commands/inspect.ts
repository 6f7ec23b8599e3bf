// `teu inspect`: whatever has the name, containers first, as docker looks for it.
import { command } from "../command.ts";
import { engineOf } from "../engine.ts";
import { containerFinder } from "./container/finder.ts";
import { INSPECT_FORMAT, imageFinder } from "./inspect-image.ts";
import { networkFinder } from "./network/finder.ts";
import { showObjects } from "./show-objects.ts";
import { volumeFinder } from "./volume/finder.ts";

const TYPES = ["container", "image", "network", "volume"] as const;

export default command({
  name: "inspect",
  summary: "Show all that is known of objects by name",
  usage: "[flags] NAME|ID…",
  flags: {
    ...INSPECT_FORMAT,
    size: { type: "boolean", short: "s", summary: "Count the bytes that containers take of the disk" },
    type: { type: "string", oneOf: TYPES, value: "TYPE", summary: `Only objects of this type: ${TYPES.join(", ")}` },
  },
  args: { min: 1, max: Number.POSITIVE_INFINITY, completes: "containers" },
  failed: 1,
  async run({ flags, args, context }) {
    const engine = engineOf(context);
    using images = imageFinder(engine, { only: false });
    const finders = {
      container: containerFinder(engine, { size: flags.size === true }),
      image: images,
      network: networkFinder(engine, { only: false }),
      volume: volumeFinder(engine, { only: false }),
    };
    const asked = flags.type === undefined ? TYPES : [flags.type];
    const missing = (name: string) => `No such ${flags.type ?? "object"}: ${name}`;
    return await showObjects(context, args, { format: flags.format, finders: asked.map((type) => finders[type]), missing });
  },
});
