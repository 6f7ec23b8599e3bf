// `teu commit`: an image of what a container has changed.
import { commitContainer } from "../../engine/images/commit-container.ts";
import { openImages } from "../../engine/images/image-engine.ts";
import { command } from "../command.ts";
import { engineOf } from "../engine.ts";
import { interruptible } from "../interruption.ts";

export default command({
  name: "commit",
  summary: "Make an image of what a container has changed",
  usage: "[flags] CONTAINER [REPOSITORY[:TAG]]",
  flags: {
    author: { type: "string", short: "a", value: "TEXT", summary: "Who made it" },
    change: { type: "string", short: "c", multiple: true, value: "INSTRUCTION", summary: "Apply a Dockerfile instruction to the image" },
    message: { type: "string", short: "m", value: "TEXT", summary: "What its history says" },
    "no-pause": { type: "boolean", summary: "Let the container's processes go on meanwhile" },
    pause: { type: "boolean", short: "p", summary: "Stop the container's processes meanwhile (true)" },
  },
  args: { min: 1, max: 2, completes: "containers" },
  failed: 1,
  examples: [`teu commit -c 'CMD ["nginx"]' -m "with nginx" web site:2`],
  async run({ flags, args: [container = "", name], context }) {
    using images = openImages(engineOf(context));
    const { author, change: changes, message, pause = flags["no-pause"] !== true } = flags;
    return await interruptible(context, "nothing was committed", async (signal) => {
      context.out(`${await commitContainer(images, { container, name, author, changes, message, pause, signal })}\n`);
      return 0;
    });
  },
});
