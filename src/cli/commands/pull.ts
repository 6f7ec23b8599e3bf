import { openImages } from "../../engine/images/image-engine.ts";
import { pull } from "../../engine/images/pull.ts";
import { command } from "../command.ts";
import { engineOf } from "../engine.ts";

export default command({
  name: "pull",
  summary: "Bring an image from a registry into the store",
  usage: "[flags] NAME[:TAG|@DIGEST]",
  flags: {},
  args: { min: 1, max: 1 },
  failed: 1,
  async run({ args: [name = ""], context }) {
    using images = openImages(engineOf(context));
    const { digest } = await pull(images, name);
    context.out(`Digest: ${digest}\n`);
    return 0;
  },
});
