// `teu update`: other limits and another restart policy for containers.
import { TeuError } from "../../base/errors.ts";
import type { Engine } from "../../engine/engine.ts";
import { command, type FlagValues, UsageError } from "../command.ts";
import { engineOf } from "../engine.ts";
import { Problems } from "./flag-problems.ts";
import { LIFE_FLAGS, restartOf } from "./run/life.ts";
import { RESOURCE_FLAGS, resourcesOf } from "./run/resources.ts";

const FLAGS = { ...RESOURCE_FLAGS, restart: LIFE_FLAGS.restart } as const;

export default command({
  name: "update",
  summary: "Change the limits and the restart policy of containers",
  usage: "[flags] CONTAINER…",
  flags: FLAGS,
  args: { min: 1, max: Number.POSITIVE_INFINITY, completes: "containers" },
  failed: 1,
  examples: ["teu update -m 512m --cpus 1.5 web", "teu update --restart unless-stopped web db"],
  /** Changes those that can be changed; their names go to standard output, as in docker. */
  async run({ flags, args, context }) {
    if (Object.keys(flags).length === 0) throw new UsageError("you must provide one or more flags when using this command");
    const engine = engineOf(context);
    let status = 0;
    for (const text of args) {
      try {
        await updateOne(engine, text, flags);
        context.out(`${text}\n`);
      } catch (error) {
        if (!(error instanceof TeuError)) throw error;
        context.err(`teu: ${error.message}\n`);
        status = 1;
      }
    }
    return status;
  },
});

async function updateOne(engine: Engine, text: string, flags: FlagValues<typeof FLAGS>): Promise<void> {
  const [{ findContainer }, { updateContainer }] = await Promise.all([
    import("../../engine/containers/find.ts"),
    import("../../engine/containers/life/update.ts"),
  ]);
  const row = findContainer(engine, text);
  const problems = new Problems();
  // What the flags say must go with the limits that each container has.
  const resources = resourcesOf(flags, problems, row.document.options.resources);
  const restart = flags.restart === undefined ? {} : { restart: restartOf(flags.restart, problems) };
  problems.conclude();
  await updateContainer(engine, row, { resources, ...restart });
}
