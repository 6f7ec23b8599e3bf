// `teu image list-tags`: skopeo's list-tags.
import { openImages } from "../../../engine/images/image-engine.ts";
import { listImageTags } from "../../../engine/images/list-tags.ts";
import { retrying } from "../../../engine/images/retry.ts";
import { command } from "../../command.ts";
import { accessTo, REGISTRY_FLAGS, RETRY_FLAGS } from "../../end-flags.ts";
import { engineOf } from "../../engine.ts";

const INDENT = 4;

export default command({
  name: "image list-tags",
  summary: "List the tags of a registry's repository",
  usage: "[flags] docker://REPOSITORY|docker-archive:FILE",
  flags: { ...REGISTRY_FLAGS, ...RETRY_FLAGS },
  args: { min: 1, max: 1 },
  failed: 1,
  examples: ["teu image list-tags docker://registry.example/app"],
  async run({ flags, args: [name = ""], context }) {
    const access = accessTo(name, flags);
    using images = openImages(engineOf(context));
    const { repository, tags } = await retrying(flags["retry-times"] ?? 0, () => listImageTags(images, name, { access }));
    const found = { ...(repository === undefined ? {} : { Repository: repository }), Tags: tags };
    context.out(`${JSON.stringify(found, null, INDENT)}\n`);
    return 0;
  },
});
