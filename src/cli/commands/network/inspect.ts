// `teu network inspect`: docker's JSON, or a template.
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";
import { INSPECT_FORMAT } from "../inspect-image.ts";
import { showObjects } from "../show-objects.ts";
import { networkFinder } from "./finder.ts";

export default command({
  name: "network inspect",
  summary: "Show all that is known of networks",
  usage: "[flags] NETWORK…",
  flags: {
    ...INSPECT_FORMAT,
    verbose: { type: "boolean", short: "v", summary: "docker's; there is no more to show than is shown anyway" },
  },
  args: { min: 1, max: Number.POSITIVE_INFINITY, completes: "networks" },
  failed: 1,
  examples: ["teu network inspect --format '{{range .IPAM.Config}}{{.Subnet}} {{end}}' front"],
  run({ flags, args, context }) {
    const finders = [networkFinder(engineOf(context), { only: true })];
    return showObjects(context, args, { format: flags.format, finders, missing: (name) => `network ${name} not found` });
  },
});
