// `teu pull`: an image from a registry into the store, with docker's lines.
import { openImages } from "../../engine/images/image-engine.ts";
import { pull, pullAll } from "../../engine/images/pull.ts";
import { parsePlatform } from "../../spec/image/platform.ts";
import { command } from "../command.ts";
import { engineOf } from "../engine.ts";
import { interruptible } from "../interruption.ts";
import { openProgress, PROGRESS_FLAGS } from "../progress/progress.ts";
import { ACCESS_FLAGS, accessOf } from "../registry-access.ts";
import { PLATFORM_FLAGS } from "../registry-flags.ts";
import { CONTENT_TRUST_FLAGS, refuseContentTrust } from "./content-trust.ts";

export default command({
  name: "pull",
  summary: "Bring an image from a registry into the store",
  usage: "[flags] NAME[:TAG|@DIGEST]",
  flags: {
    "all-tags": { type: "boolean", short: "a", summary: "Every tag of the repository" },
    ...PROGRESS_FLAGS,
    ...PLATFORM_FLAGS,
    ...ACCESS_FLAGS,
    ...CONTENT_TRUST_FLAGS,
  },
  args: { min: 1, max: 1, completes: "images" },
  failed: 1,
  examples: ["teu pull debian:12", "teu pull --platform linux/arm64 --progress json registry.example.org/team/app"],
  async run({ flags, args: [name = ""], context }) {
    refuseContentTrust(flags);
    const access = accessOf(flags, context);
    using images = openImages(engineOf(context));
    const platform = flags.platform === undefined ? undefined : parsePlatform(flags.platform, images.platform);
    return await interruptible(context, "what came is kept, and the next pull goes on from there", async (signal) => {
      using view = openProgress(flags, context);
      const options = { platform, access, signal, onProgress: view.sink };
      if (flags["all-tags"] === true) await pullAll(images, name, options);
      else await pull(images, name, options);
      return 0;
    });
  },
});
