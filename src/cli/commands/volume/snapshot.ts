// `teu volume snapshot`: what a volume holds now, kept as a volume that says of which one and when.
import { copyVolume, usesOf } from "../../../engine/volumes/copy.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";

/** What a snapshot says of itself. */
const OF_LABEL = "teu.snapshot.of";
const TIME_LABEL = "teu.snapshot.time";

export default command({
  name: "volume snapshot",
  summary: "Keep what a volume holds now as a volume of its own",
  usage: "[flags] VOLUME [NEW]",
  flags: { label: { type: "pairs", summary: "Say something of the snapshot" } },
  args: { min: 1, max: 2, completes: "volumes" },
  failed: 1,
  examples: ["teu volume snapshot data", `teu volume ls --filter label=${OF_LABEL}=data`],
  async run({ flags, args: [from = "", name], context }) {
    const engine = engineOf(context);
    const time = engine.runtime.now().toISOString();
    const to = name ?? `${from}-${time.replace(/[-:]/g, "").replace("T", "-").slice(0, "20260101-120000".length)}`;
    if (usesOf(engine, from) > 0) engine.runtime.warn(`containers have ${from}: what they write meanwhile may be in the snapshot or not`);
    await copyVolume(engine, from, { to, labels: { [OF_LABEL]: from, [TIME_LABEL]: time, ...Object.fromEntries(flags.label ?? []) } });
    context.out(`${to}\n`);
    return 0;
  },
});
