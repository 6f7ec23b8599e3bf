// `teu inspect`: whatever has the name. Images, in this build.
import { command } from "../command.ts";
import { INSPECT_FORMAT, showImages } from "./inspect-image.ts";

export default command({
  name: "inspect",
  summary: "Show all that is known of objects by name",
  usage: "[flags] NAME|ID…",
  flags: {
    ...INSPECT_FORMAT,
    type: { type: "string", oneOf: ["image"], value: "TYPE", summary: "Only objects of this type: image" },
  },
  args: { min: 1, max: Number.POSITIVE_INFINITY, completes: "images" },
  failed: 1,
  run({ flags, args, context }) {
    const missing = (name: string) => `No such object: ${name}`;
    return showImages(context, args, { format: flags.format, ...(flags.type === undefined && { missing }) });
  },
});
