// `teu service install`: containers come back after a start of the machine.
import { installService } from "../../../engine/service/restart-service.ts";
import { command } from "../../command.ts";
import { SERVICE_FLAGS, servicePlace } from "./place.ts";

export default command({
  name: "service install",
  summary: "Have systemd bring back containers when the machine starts",
  usage: "[flags]",
  flags: SERVICE_FLAGS,
  args: { min: 0, max: 0 },
  failed: 1,
  async run({ flags, context }) {
    const { place, unit } = servicePlace(flags, context);
    context.out(`${await installService(place, unit)}\n`);
    if (place.user && place.live)
      context.err("teu: it is run when you log in; to have it run when the machine starts: loginctl enable-linger\n");
    return 0;
  },
});
