// `teu image unmount`: ends what `teu image mount` began.
import { openImages } from "../../../engine/images/image-engine.ts";
import { listMounts, unmountImage } from "../../../engine/images/mount.ts";
import { command, UsageError } from "../../command.ts";
import { engineOf } from "../../engine.ts";
import { eachOf } from "../each.ts";

export default command({
  name: "image unmount",
  summary: "End what image mount began",
  usage: "[flags] IMAGE…",
  flags: {
    all: { type: "boolean", short: "a", summary: "All images that are mounted" },
    force: { type: "boolean", short: "f", summary: "Also while somebody uses the files: they go with their last user" },
  },
  args: { min: 0, max: Number.POSITIVE_INFINITY, completes: "images" },
  failed: 1,
  /** What can be unmounted is; the ids go to standard output. */
  async run({ flags, args, context }) {
    if ((flags.all === true) === args.length > 0) throw new UsageError("name images, or give --all");
    using images = openImages(engineOf(context));
    const wanted = flags.all === true ? listMounts(images).map(({ id }) => id) : args;
    return await eachOf(wanted, { context }, async (text) => {
      context.out(`${await unmountImage(images, text, { force: flags.force === true })}\n`);
    });
  },
});
