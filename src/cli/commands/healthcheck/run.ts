// `teu healthcheck run`: podman's. Runs the health check of a container once; the exit status says how it is.
import { TeuError } from "../../../base/errors.ts";
import { healthSettings } from "../../../containers/health/settings.ts";
import { checkHealth } from "../../../engine/containers/exec/check-health.ts";
import { findContainer } from "../../../engine/containers/find.ts";
import { kernelStatus } from "../../../engine/containers/view.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";

const UNHEALTHY = 1;

export default command({
  name: "healthcheck run",
  summary: "Run the health check of a container once",
  usage: "CONTAINER",
  flags: {},
  args: { min: 1, max: 1, completes: "containers" },
  async run({ args: [text = ""], context }) {
    const engine = engineOf(context);
    const row = findContainer(engine, text);
    const settings = healthSettings(row.document.life.health);
    if (settings === undefined) throw new TeuError("conflict", `run the health check of container ${row.name}: it has none`);
    if (kernelStatus(engine, row.id)?.status !== "running") throw new TeuError("conflict", `container ${row.id} is not running`);
    const checked = await checkHealth(engine, row, settings);
    if (checked === undefined) throw new TeuError("conflict", `run the health check of container ${row.name}: it has ended meanwhile`);
    if (checked.result.ExitCode === 0) return 0;
    context.out("unhealthy\n"); // podman's word
    return UNHEALTHY;
  },
});
