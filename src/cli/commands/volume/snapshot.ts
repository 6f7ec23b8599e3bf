// `teu volume snapshot`: what a volume holds now, kept as a volume that says of which one and when.
import { copyVolume } from "../../../engine/volumes/copy.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";

/** What a snapshot says of itself. */
const OF_LABEL = "teu.snapshot.of";
const TIME_LABEL = "teu.snapshot.time";

export default command({
  name: "volume snapshot",
  summary: "Keep what a volume holds now as a volume of its own",
  usage: "[flags] VOLUME [NEW]",
  flags: {
    label: { type: "pairs", summary: "Say something of the snapshot" },
    pause: { type: "boolean", short: "p", summary: "Containers that have the volume stand still meanwhile" },
  },
  args: { min: 1, max: 2, completes: "volumes" },
  failed: 1,
  examples: ["teu volume snapshot data", `teu volume ls --filter label=${OF_LABEL}=data`],
  async run({ flags, args: [from = "", name], context }) {
    const engine = engineOf(context);
    const time = engine.runtime.now().toISOString();
    const to = name ?? `${from}-${time.replace(/[-:]/g, "").replace("T", "-").slice(0, "20260101-120000".length)}`;
    const labels = { [OF_LABEL]: from, [TIME_LABEL]: time, ...Object.fromEntries(flags.label ?? []) };
    await copyVolume(engine, from, { to, labels, pause: flags.pause === true });
    context.out(`${to}\n`);
    return 0;
  },
});
