// `teu manifest annotate`, as docker has it.
import { openImages } from "../../../engine/images/image-engine.ts";
import { annotateManifest } from "../../../engine/images/manifest-lists.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";
import { ANNOTATION_FLAGS, annotationOf } from "./flags.ts";

export default command({
  name: "manifest annotate",
  summary: "Say more of an image in a manifest list",
  usage: "[flags] MANIFEST_LIST IMAGE|DIGEST",
  flags: ANNOTATION_FLAGS,
  args: { min: 2, max: 2, completes: "images" },
  failed: 1,
  examples: ["teu manifest annotate --arch arm --variant v7 registry.example/app:1 registry.example/app:1-arm"],
  async run({ flags, args: [name = "", image = ""], context }) {
    const annotation = annotationOf(flags);
    using images = openImages(engineOf(context));
    await annotateManifest(images, name, image, annotation);
    return 0;
  },
});
