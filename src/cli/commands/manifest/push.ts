// `teu manifest push`, as docker has it; with podman's second argument.
import { openImages } from "../../../engine/images/image-engine.ts";
import { pushManifestList } from "../../../engine/images/manifest-push.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";
import { interruptible } from "../../interruption.ts";
import { writeDigest } from "../image/digest-file.ts";
import { FORMATS, familyOf } from "../image/formats.ts";
import { MANIFEST_REGISTRY_FLAGS, manifestAccess } from "./flags.ts";

export default command({
  name: "manifest push",
  summary: "Push a manifest list with its images",
  usage: "[flags] MANIFEST_LIST [DESTINATION]",
  flags: {
    purge: { type: "boolean", short: "p", summary: "Forget the list when it is pushed" },
    format: { type: "string", short: "f", oneOf: FORMATS, value: "FORMAT", summary: "Format of the manifests: oci or docker (also v2s2)" },
    digestfile: { type: "string", value: "FILE", completes: "files", summary: "Write the digest to a file" },
    ...MANIFEST_REGISTRY_FLAGS,
  },
  args: { min: 1, max: 2 },
  failed: 1,
  examples: ["teu manifest push registry.example/app:1", "teu manifest push app:1 oci:build/app:1"],
  async run({ flags, args: [name = "", destination], context }) {
    const options = { destination, access: manifestAccess(flags), format: familyOf(flags.format), purge: flags.purge === true };
    using images = openImages(engineOf(context));
    return await interruptible(context, "the registry keeps what it has got, and the next push goes on from there", async (signal) => {
      const { digest, moved } = await pushManifestList(images, name, { ...options, signal });
      for (const { reference, digest: image } of moved) context.out(`Pushed ref ${reference} with digest: ${image}\n`);
      if (flags.digestfile !== undefined) writeDigest(flags.digestfile, digest);
      context.out(`${digest}\n`);
      return 0;
    });
  },
});
