// `teu manifest inspect`, with the output of docker's.
import { openImages } from "../../../engine/images/image-engine.ts";
import { inspectManifest, inspectManifestVerbose, type VerboseManifest } from "../../../engine/images/manifest-inspect.ts";
import { inDockersOrder } from "../../../image/copy/manifest-list.ts";
import { mediaTypeFacts } from "../../../spec/image/media-types.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";
import { MANIFEST_REGISTRY_FLAGS, manifestAccess } from "./flags.ts";

export default command({
  name: "manifest inspect",
  summary: "Show a manifest, or a manifest list",
  usage: "[flags] [MANIFEST_LIST] MANIFEST",
  flags: {
    verbose: { type: "boolean", short: "v", summary: "Each image with its name, platform and manifest" },
    ...MANIFEST_REGISTRY_FLAGS,
  },
  args: { min: 1, max: 2, completes: "images" },
  failed: 1,
  async run({ flags, args, context }) {
    const options = { access: manifestAccess(flags) };
    const [list, image] = args.length === 2 ? args : [undefined, args[0]];
    using images = openImages(engineOf(context));
    if (flags.verbose === true) {
      const found = await inspectManifestVerbose(images, image ?? "", { ...options, list });
      context.out(`${JSON.stringify("ref" in found ? shown(found) : found.map(shown), null, "\t")}\n`);
      return 0;
    }
    const { kind, bytes } = await inspectManifest(images, image ?? "", { ...options, list });
    const text = Buffer.from(bytes).toString("utf8");
    context.out(`${kind === "list" ? text : JSON.stringify(JSON.parse(text), null, "\t")}\n`);
    return 0;
  },
});

function shown({ ref, descriptor, raw }: VerboseManifest): object {
  const { mediaType, digest, size, platform, ...rest } = descriptor;
  const isDocker = mediaTypeFacts(mediaType).family === "docker";
  return {
    Ref: ref,
    Descriptor: { mediaType, digest, size, ...(platform === undefined ? {} : { platform: inDockersOrder(platform) }), ...rest },
    Raw: Buffer.from(raw).toString("base64"),
    [isDocker ? "SchemaV2Manifest" : "OCIManifest"]: JSON.parse(Buffer.from(raw).toString("utf8")),
  };
}
