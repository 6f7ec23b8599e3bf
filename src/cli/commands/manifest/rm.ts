// `teu manifest rm`, as docker has it.
import { openImages } from "../../../engine/images/image-engine.ts";
import { deleteManifestList } from "../../../engine/images/manifest-lists.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";
import { eachOf } from "../each.ts";

export default command({
  name: "manifest rm",
  summary: "Forget manifest lists",
  usage: "MANIFEST_LIST…",
  flags: {},
  args: { min: 1, max: Number.POSITIVE_INFINITY },
  failed: 1,
  async run({ args, context }) {
    using images = openImages(engineOf(context));
    return await eachOf(args, { context }, async (name) => {
      await deleteManifestList(images, name);
    });
  },
});
