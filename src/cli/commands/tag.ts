// `teu tag`: one more name for an image.
import { openImages } from "../../engine/images/image-engine.ts";
import { tag } from "../../engine/images/tag.ts";
import { command } from "../command.ts";
import { engineOf } from "../engine.ts";

export default command({
  name: "tag",
  summary: "Give an image one more name",
  usage: "IMAGE[:TAG] NAME[:TAG]",
  flags: {},
  args: { min: 2, max: 2, completes: "images" },
  failed: 1,
  async run({ args: [source = "", target = ""], context }) {
    using images = openImages(engineOf(context));
    await tag(images, source, target);
    return 0;
  },
});
