// `teu update`: other limits, another restart policy and other published ports for containers.
import type { Engine } from "../../engine/engine.ts";
import { command, type FlagValues, UsageError } from "../command.ts";
import { engineOf } from "../engine.ts";
import { eachOf } from "./each.ts";
import { Problems } from "./flag-problems.ts";
import { LIFE_FLAGS, restartOf } from "./run/life.ts";
import { NETWORK_FLAGS, publishedPorts } from "./run/network.ts";
import { RESOURCE_FLAGS, resourcesOf } from "./run/resources.ts";

// biome-ignore format: table
const FLAGS = {
  ...RESOURCE_FLAGS,
  publish:   NETWORK_FLAGS.publish,
  restart:   LIFE_FLAGS.restart,
  unpublish: { type: "string", multiple: true, value: "[[ADDRESS:]PORT:]PORT[/PROTOCOL]", summary: "A port of its own that nothing of the host is to lead to any more" },
} as const;

export default command({
  name: "update",
  summary: "Change the limits, the restart policy and the published ports of containers",
  usage: "[flags] CONTAINER…",
  flags: FLAGS,
  args: { min: 1, max: Number.POSITIVE_INFINITY, completes: "containers" },
  failed: 1,
  examples: [
    "teu update -m 512m --cpus 1.5 web",
    "teu update -p 8443:443 --unpublish 80 web",
    "teu update --restart unless-stopped web db",
  ],
  /** Changes those that can be changed; their names go to standard output, as in docker. */
  async run({ flags, args, context }) {
    if (Object.keys(flags).length === 0) throw new UsageError("you must provide one or more flags when using this command");
    const engine = engineOf(context);
    return await eachOf(args, { context }, async (text) => {
      await updateOne(engine, text, flags);
      context.out(`${text}\n`);
    });
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
  const ports = {
    publish: publishedPorts("--publish", flags.publish, problems),
    unpublish: publishedPorts("--unpublish", flags.unpublish, problems),
  };
  problems.conclude();
  if (Object.keys(resources).length > 0 || flags.restart !== undefined) await updateContainer(engine, row, { resources, ...restart });
  if (flags.publish === undefined && flags.unpublish === undefined) return;
  await (await import("../../engine/networks/containers/change-ports.ts")).changePorts(engine, row, ports);
}
