// `teu network …`: docker's commands on networks, and podman's exists.
import { asCommand, type CommandTable } from "../../command.ts";

// biome-ignore format: table
export const NETWORK: CommandTable = {
  create:     { summary: "Make a network", load: async () => asCommand(await import("./create.ts")) },
  exists:     { summary: "Tell by the exit status whether there is a network", load: async () => asCommand(await import("./exists.ts")) },
  inspect:    { summary: "Show all that is known of networks", load: async () => asCommand(await import("./inspect.ts")) },
  ls:         { summary: "List networks", aliases: ["list"], load: async () => asCommand(await import("./ls.ts")) },
  prune:      { summary: "Remove networks that no container has", load: async () => asCommand(await import("./prune.ts")) },
  rm:         { summary: "Remove networks", aliases: ["remove"], load: async () => asCommand(await import("./rm.ts")) },
};
