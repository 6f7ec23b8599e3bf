// `teu service …`.
import { asCommand, type CommandTable } from "../../command.ts";

// biome-ignore format: table
export const SERVICE: CommandTable = {
  install:   { summary: "Have systemd bring back containers when the machine starts", load: async () => asCommand(await import("./install.ts")) },
  status:    { summary: "Show whether a start of the machine brings back containers", load: async () => asCommand(await import("./status.ts")) },
  uninstall: { summary: "Take away what service install has written", load: async () => asCommand(await import("./uninstall.ts")) },
};
