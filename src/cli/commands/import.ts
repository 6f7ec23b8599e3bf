// `teu import`: an image of a root file system.

import { openImages } from "../../engine/images/image-engine.ts";
import { importImage } from "../../engine/images/import.ts";
import { parsePlatform } from "../../spec/image/platform.ts";
import { readInput } from "../byte-output.ts";
import { command } from "../command.ts";
import { engineOf } from "../engine.ts";
import { interruptible } from "../interruption.ts";

export default command({
  name: "import",
  summary: "Make an image of a root file system",
  usage: "[flags] FILE|DIRECTORY|URL|- [REPOSITORY[:TAG]]",
  flags: {
    change: { type: "string", short: "c", multiple: true, value: "INSTRUCTION", summary: "Apply a Dockerfile instruction to the image" },
    message: { type: "string", short: "m", value: "TEXT", summary: "What its history says" },
    platform: { type: "string", value: "OS/ARCH[/VARIANT]", summary: "The platform that the image is for" },
  },
  args: { min: 1, max: 2, completes: "files" },
  failed: 1,
  examples: ["teu import rootfs.tar.gz base:1", `teu import -c 'CMD ["/bin/sh"]' /srv/rootfs base:1`],
  async run({ flags, args: [input = "", name], context }) {
    using images = openImages(engineOf(context));
    const platform = flags.platform === undefined ? undefined : parsePlatform(flags.platform, images.platform);
    const { change: changes, message } = flags;
    return await interruptible(context, "nothing was imported", async (signal) => {
      context.out(`${await importImage(images, { input, stdin: readInput, name, changes, message, platform, signal })}\n`);
      return 0;
    });
  },
});
