// `teu service status`: the exit status says whether containers come back.
import { serviceStatus } from "../../../engine/service/restart-service.ts";
import { command } from "../../command.ts";
import { SERVICE_FLAGS, servicePlace } from "./place.ts";

export default command({
  name: "service status",
  summary: "Show whether a start of the machine brings back containers",
  usage: "[flags]",
  flags: SERVICE_FLAGS,
  args: { min: 0, max: 0 },
  failed: 1,
  run({ flags, context }) {
    const { place, unit } = servicePlace(flags, context);
    const { path, installed, enabled, current } = serviceStatus(place, unit);
    const words = installed
      ? [enabled ? "enabled" : "not enabled", ...(current ? [] : ["of another program or engine: run teu service install again"])]
      : ["not installed"];
    context.out(`${path}: ${words.join(", ")}\n`);
    return installed && enabled && current ? 0 : 1;
  },
});
