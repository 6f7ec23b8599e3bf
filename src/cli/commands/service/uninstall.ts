// `teu service uninstall`.
import { uninstallService } from "../../../engine/service/restart-service.ts";
import { command } from "../../command.ts";
import { SERVICE_FLAGS, servicePlace } from "./place.ts";

export default command({
  name: "service uninstall",
  summary: "Take away what service install has written",
  usage: "[flags]",
  flags: SERVICE_FLAGS,
  args: { min: 0, max: 0 },
  failed: 1,
  async run({ flags, context }) {
    const { place } = servicePlace(flags, context);
    if (!(await uninstallService(place))) context.err(`teu: there was none in ${place.directory}\n`);
    return 0;
  },
});
