// `teu image mount`: shows images in directories, or lists those that are.
import { openImages } from "../../../engine/images/image-engine.ts";
import { listMounts, type MountedImage, mountImage } from "../../../engine/images/mount.ts";
import { formatFamiliar, parseReference } from "../../../spec/distribution/reference.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";
import { LIST_FLAGS, type ListShape, listOutput } from "../../format/list-output.ts";
import { shortDigest } from "../short-id.ts";

export default command({
  name: "image mount",
  summary: "Show an image's files in a directory, or list the images that are shown so",
  usage: "[flags] [IMAGE…]",
  flags: LIST_FLAGS,
  args: { min: 0, max: Number.POSITIVE_INFINITY, completes: "images" },
  failed: 1,
  examples: ["ls $(teu image mount debian:12)/etc", "teu image mount"],
  async run({ flags, args, context }) {
    using images = openImages(engineOf(context));
    if (args.length === 0) {
      context.out(await listOutput(listMounts(images), MOUNT_LIST, flags));
      return 0;
    }
    for (const text of args) {
      const path = await mountImage(images, text);
      context.out(args.length === 1 ? `${path}\n` : `${text} ${path}\n`);
    }
    return 0;
  },
});

const MOUNT_LIST: ListShape<MountedImage> = {
  typeName: "*formatter.ImageMountContext",
  id: "ID",
  columns: [
    { name: "ID", header: "IMAGE ID", value: ({ id }, { whole }) => (whole ? id : shortDigest(id)) },
    { name: "Names", header: "NAMES", value: ({ names }) => names.map((name) => formatFamiliar(parseReference(name))).join(", ") },
    { name: "Path", header: "PATH", value: ({ path }) => path },
  ],
};
