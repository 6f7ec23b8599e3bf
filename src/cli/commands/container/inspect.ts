// `teu container inspect`: containers in docker's JSON, or through a template.
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";
import { INSPECT_FORMAT } from "../inspect-image.ts";
import { showObjects } from "../show-objects.ts";
import { containerFinder } from "./finder.ts";

export default command({
  name: "container inspect",
  summary: "Show all that is known of containers",
  usage: "[flags] CONTAINER…",
  flags: {
    ...INSPECT_FORMAT,
    size: { type: "boolean", short: "s", summary: "Count the bytes that they take of the disk" },
  },
  args: { min: 1, max: Number.POSITIVE_INFINITY, completes: "containers" },
  failed: 1,
  examples: ["teu container inspect --format '{{.State.Status}} {{.State.ExitCode}}' web"],
  run({ flags, args, context }) {
    const finder = containerFinder(engineOf(context), { size: flags.size === true });
    return showObjects(context, args, { format: flags.format, finders: [finder], missing: (name) => `No such container: ${name}` });
  },
});
