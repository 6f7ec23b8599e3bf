// `teu manifest add`, as podman has it.
import { openImages } from "../../../engine/images/image-engine.ts";
import { addToManifestList } from "../../../engine/images/manifest-lists.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";
import { ANNOTATION_FLAGS, annotationOf, MANIFEST_REGISTRY_FLAGS, manifestAccess } from "./flags.ts";

export default command({
  name: "manifest add",
  summary: "Add images to a manifest list",
  usage: "[flags] MANIFEST_LIST IMAGE…",
  flags: {
    all: { type: "boolean", summary: "Of an index: add all of its images" },
    ...ANNOTATION_FLAGS,
    ...MANIFEST_REGISTRY_FLAGS,
  },
  args: { min: 2, max: Number.POSITIVE_INFINITY, completes: "images" },
  failed: 1,
  examples: ["teu manifest add --variant v8 registry.example/app:1 oci:build/arm64"],
  async run({ flags, args: [name = "", ...members], context }) {
    const options = { access: manifestAccess(flags), annotation: annotationOf(flags), all: flags.all === true };
    using images = openImages(engineOf(context));
    context.out(`${await addToManifestList(images, name, members, options)}\n`);
    return 0;
  },
});
