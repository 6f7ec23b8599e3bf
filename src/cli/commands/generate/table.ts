// `teu generate …`.
import { asCommand, type CommandTable } from "../../command.ts";

export const GENERATE: CommandTable = {
  systemd: { summary: "Print the systemd unit of a container", load: async () => asCommand(await import("./systemd.ts")) },
};
