// `teu manifest remove`, as podman has it.
import { openImages } from "../../../engine/images/image-engine.ts";
import { removeManifest } from "../../../engine/images/manifest-lists.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";

export default command({
  name: "manifest remove",
  summary: "Take an image out of a manifest list",
  usage: "MANIFEST_LIST IMAGE|DIGEST",
  flags: {},
  args: { min: 2, max: 2, completes: "images" },
  failed: 1,
  async run({ args: [name = "", image = ""], context }) {
    using images = openImages(engineOf(context));
    await removeManifest(images, name, image);
    return 0;
  },
});
