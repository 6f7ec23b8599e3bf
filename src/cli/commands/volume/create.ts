// `teu volume create`, as docker has it.
import { createVolume } from "../../../engine/volumes/create.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";

export default command({
  name: "volume create",
  summary: "Make a volume",
  usage: "[flags] [VOLUME]",
  flags: {
    driver: { type: "string", short: "d", value: "NAME", summary: "The volume's driver: local" },
    label: { type: "pairs", summary: "Say something of the volume" },
    opt: { type: "pairs", short: "o", summary: "What is mounted in place of a directory: type, device, o, as mount(8) takes them" },
  },
  args: { min: 0, max: 1 },
  failed: 1,
  examples: [
    "teu volume create data",
    "teu volume create -o type=tmpfs -o device=tmpfs -o o=size=64m cache",
    "teu volume create -o type=none -o device=/srv/www -o o=bind www",
    "teu volume create -o type=nfs -o device=:/export -o o=addr=192.0.2.1,rw shared",
  ],
  async run({ flags, args: [name], context }) {
    const created = await createVolume(engineOf(context), {
      name: name === "" ? undefined : name,
      driver: flags.driver,
      options: Object.fromEntries(flags.opt ?? []),
      labels: Object.fromEntries(flags.label ?? []),
    });
    context.out(`${created}\n`);
    return 0;
  },
});
