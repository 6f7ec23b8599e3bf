// `teu push`: images of the store to the registry that their names say, with docker's lines.
import { openImages } from "../../engine/images/image-engine.ts";
import { push, pushAll } from "../../engine/images/push.ts";
import { formatReference } from "../../spec/distribution/reference.ts";
import { parsePlatform } from "../../spec/image/platform.ts";
import { command, UsageError } from "../command.ts";
import { engineOf } from "../engine.ts";
import { interruptible } from "../interruption.ts";
import { openProgress, PROGRESS_FLAGS } from "../progress/progress.ts";
import { ACCESS_FLAGS, accessOf } from "../registry-access.ts";
import { PLATFORM_FLAGS } from "../registry-flags.ts";
import { CONTENT_TRUST_FLAGS, refuseContentTrust } from "./content-trust.ts";

export default command({
  name: "push",
  summary: "Bring an image to a registry",
  usage: "[flags] NAME[:TAG]",
  flags: {
    "all-tags": { type: "boolean", short: "a", summary: "Every tag that the store has of the repository" },
    "all-platforms": { type: "boolean", summary: "The whole index, with the images of all its platforms" },
    ...PROGRESS_FLAGS,
    ...PLATFORM_FLAGS,
    ...ACCESS_FLAGS,
    ...CONTENT_TRUST_FLAGS,
  },
  args: { min: 1, max: 1, completes: "images" },
  failed: 1,
  async run({ flags, args: [name = ""], context }) {
    refuseContentTrust(flags);
    if (flags.platform !== undefined && flags["all-platforms"] === true)
      throw new UsageError("--platform and --all-platforms are mutually exclusive");
    const access = accessOf(flags, context);
    using images = openImages(engineOf(context));
    const platform = flags.platform === undefined ? undefined : parsePlatform(flags.platform, images.platform);
    return await interruptible(context, "what the registry has taken stays there, without a name", async (signal) => {
      using view = openProgress(flags, context);
      const options = { platform, access, signal, onProgress: view.sink, all: flags["all-platforms"] };
      const pushed = flags["all-tags"] === true ? await pushAll(images, name, options) : [await push(images, name, options)];
      if (flags.quiet === true) for (const { reference } of pushed) context.out(`${formatReference(reference)}\n`);
      return 0;
    });
  },
});
