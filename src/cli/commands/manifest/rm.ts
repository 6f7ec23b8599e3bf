// `teu manifest rm`, as docker has it.
import { TeuError } from "../../../base/errors.ts";
import { openImages } from "../../../engine/images/image-engine.ts";
import { deleteManifestList } from "../../../engine/images/manifest-lists.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";

export default command({
  name: "manifest rm",
  summary: "Forget manifest lists",
  usage: "MANIFEST_LIST…",
  flags: {},
  args: { min: 1, max: Number.POSITIVE_INFINITY },
  failed: 1,
  async run({ args, context }) {
    using images = openImages(engineOf(context));
    let status = 0;
    for (const name of args) {
      try {
        await deleteManifestList(images, name);
      } catch (error) {
        if (!(error instanceof TeuError)) throw error;
        context.err(`teu: ${error.message}\n`);
        status = 1;
      }
    }
    return status;
  },
});
