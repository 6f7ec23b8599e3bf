// `teu volume inspect`: docker's JSON, or a template.
import { TeuError } from "../../../base/errors.ts";
import { type InspectedVolume, inspectVolume } from "../../../engine/volumes/list.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";
import { inspectOutput } from "../../format/inspect-output.ts";
import type { Value } from "../../format/template/values.ts";
import { INSPECT_FORMAT } from "../inspect-image.ts";

export default command({
  name: "volume inspect",
  summary: "Show all that is known of volumes",
  usage: "[flags] VOLUME…",
  flags: INSPECT_FORMAT,
  args: { min: 1, max: Number.POSITIVE_INFINITY, completes: "volumes" },
  failed: 1,
  examples: ["teu volume inspect --format '{{.Mountpoint}}' data"],
  run({ flags, args, context }) {
    const engine = engineOf(context);
    const found: InspectedVolume[] = [];
    const problems: string[] = [];
    for (const name of args) {
      try {
        found.push(inspectVolume(engine, name));
      } catch (error) {
        if (!(error instanceof TeuError)) throw error;
        problems.push(error.message);
      }
    }
    context.out(inspectOutput(found.map(asValue), flags.format));
    for (const problem of problems) context.err(`teu: ${problem}\n`);
    return problems.length === 0 ? 0 : 1;
  },
});

/** JSON data are values of templates. */
function asValue(volume: InspectedVolume): Value {
  return volume as unknown as Value;
}
