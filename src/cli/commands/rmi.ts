// `teu rmi`: removes images, with docker's lines.
import { TeuError } from "../../base/errors.ts";
import { openImages } from "../../engine/images/image-engine.ts";
import { removeStored } from "../../engine/images/remove.ts";
import { command, UsageError } from "../command.ts";
import { engineOf } from "../engine.ts";

export default command({
  name: "rmi",
  summary: "Remove images",
  usage: "[flags] IMAGE…",
  flags: {
    force: { type: "boolean", short: "f", summary: "Also what containers that do not run use, and an id with several names" },
    "no-prune": { type: "boolean", summary: "Keep parents that have no name (teu's images have no parents)" },
    platform: { type: "string", multiple: true, value: "OS/ARCH[/VARIANT]", summary: "Not built: an image is removed for all platforms" },
  },
  args: { min: 1, max: Number.POSITIVE_INFINITY, completes: "images" },
  failed: 1,
  /** What can be removed is; the failures are told at the end. With --force what is not there is no failure. */
  async run({ flags, args, context }) {
    if (flags.platform !== undefined) throw new UsageError("--platform is not built: an image is removed for all its platforms");
    const force = flags.force === true;
    using images = openImages(engineOf(context));
    const failures: TeuError[] = [];
    for (const text of args) {
      try {
        const { untagged, deleted } = await removeStored(images, text, { force });
        for (const name of untagged) context.out(`Untagged: ${name}\n`);
        for (const digest of deleted) context.out(`Deleted: ${digest}\n`);
      } catch (error) {
        if (!(error instanceof TeuError)) throw error;
        failures.push(error);
      }
    }
    for (const { message } of failures) context.err(`teu: ${message}\n`);
    return failures.some(({ code }) => !force || code !== "not-found") ? 1 : 0;
  },
});
