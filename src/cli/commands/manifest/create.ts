// `teu manifest create`, as docker has it.
import { openImages } from "../../../engine/images/image-engine.ts";
import { createManifestList } from "../../../engine/images/manifest-lists.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";
import { MANIFEST_REGISTRY_FLAGS, manifestAccess } from "./flags.ts";

export default command({
  name: "manifest create",
  summary: "Make a manifest list, to be annotated and pushed",
  usage: "[flags] MANIFEST_LIST [IMAGE…]",
  flags: {
    amend: { type: "boolean", short: "a", summary: "Add to a list that is there" },
    all: { type: "boolean", summary: "Of an index: add all of its images" },
    annotation: { type: "pairs", value: "KEY=VALUE", summary: "An annotation of the list" },
    ...MANIFEST_REGISTRY_FLAGS,
  },
  args: { min: 1, max: Number.POSITIVE_INFINITY, completes: "images" },
  failed: 1,
  examples: ["teu manifest create registry.example/app:1 registry.example/app:1-amd64 registry.example/app:1-arm64"],
  async run({ flags, args: [name = "", ...members], context }) {
    using images = openImages(engineOf(context));
    const made = await createManifestList(images, name, members, {
      access: manifestAccess(flags),
      all: flags.all === true,
      amend: flags.amend === true,
      ...(flags.annotation === undefined ? {} : { annotations: Object.fromEntries(flags.annotation) }),
    });
    context.out(`Created manifest list ${made}\n`);
    return 0;
  },
});
