// `teu volume inspect`: docker's JSON, or a template.
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";
import { INSPECT_FORMAT } from "../inspect-image.ts";
import { showObjects } from "../show-objects.ts";
import { volumeFinder } from "./finder.ts";

export default command({
  name: "volume inspect",
  summary: "Show all that is known of volumes",
  usage: "[flags] VOLUME…",
  flags: INSPECT_FORMAT,
  args: { min: 1, max: Number.POSITIVE_INFINITY, completes: "volumes" },
  failed: 1,
  examples: ["teu volume inspect --format '{{.Mountpoint}}' data"],
  run({ flags, args, context }) {
    const finders = [volumeFinder(engineOf(context), { only: true })];
    return showObjects(context, args, { format: flags.format, finders, missing: (name) => `no such volume: ${name}` });
  },
});
