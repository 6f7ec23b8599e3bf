// `teu network …`: docker's commands on networks, and podman's exists.
import { asCommand, type CommandTable } from "../../command.ts";

// biome-ignore format: table
export const NETWORK: CommandTable = {
  connect:    { summary: "Connect a container to a network", load: async () => asCommand(await import("./connect.ts")) },
  create:     { summary: "Make a network", load: async () => asCommand(await import("./create.ts")) },
  disconnect: { summary: "Disconnect a container from a network", load: async () => asCommand(await import("./disconnect.ts")) },
  exists:     { summary: "Tell by the exit status whether there is a network", load: async () => asCommand(await import("./exists.ts")) },
  inspect:    { summary: "Show all that is known of networks", load: async () => asCommand(await import("./inspect.ts")) },
  ls:         { summary: "List networks", aliases: ["list"], load: async () => asCommand(await import("./ls.ts")) },
  prune:      { summary: "Remove networks that no container has", load: async () => asCommand(await import("./prune.ts")) },
  reload:     { summary: "Make again what the kernel has of networks", load: async () => asCommand(await import("./reload.ts")) },
  rm:         { summary: "Remove networks", aliases: ["remove"], load: async () => asCommand(await import("./rm.ts")) },
  trace:      { summary: "Explain the way of a container's packets", load: async () => asCommand(await import("./trace.ts")) },
};
