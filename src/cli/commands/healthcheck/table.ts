// `teu healthcheck …`.
import { asCommand, type CommandTable } from "../../command.ts";

export const HEALTHCHECK: CommandTable = {
  run: { summary: "Run the health check of a container once", load: async () => asCommand(await import("./run.ts")) },
};
