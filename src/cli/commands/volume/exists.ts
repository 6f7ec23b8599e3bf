// `teu volume exists`, podman's: the exit status says whether there is such a volume.
import { TeuError } from "../../../base/errors.ts";
import { inspectVolume } from "../../../engine/volumes/list.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";

export default command({
  name: "volume exists",
  summary: "Tell by the exit status whether there is a volume",
  usage: "VOLUME",
  flags: {},
  args: { min: 1, max: 1, completes: "volumes" },
  failed: 1,
  run({ args: [name = ""], context }) {
    try {
      inspectVolume(engineOf(context), name);
      return 0;
    } catch (error) {
      if (error instanceof TeuError && error.code === "not-found") return 1;
      throw error;
    }
  },
});
