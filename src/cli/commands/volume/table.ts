// `teu volume …`: docker's commands on volumes, podman's export and import, and copies that docker has none of.
import { asCommand, type CommandTable } from "../../command.ts";

// biome-ignore format: table
export const VOLUME: CommandTable = {
  cp:       { summary: "Copy a volume to a new one", load: async () => asCommand(await import("./cp.ts")) },
  create:   { summary: "Make a volume", load: async () => asCommand(await import("./create.ts")) },
  exists:   { summary: "Tell by the exit status whether there is a volume", load: async () => asCommand(await import("./exists.ts")) },
  export:   { summary: "Export the files of a volume as a tar", load: async () => asCommand(await import("./export.ts")) },
  import:   { summary: "Put the files of a tar into a volume", load: async () => asCommand(await import("./import.ts")) },
  inspect:  { summary: "Show all that is known of volumes", load: async () => asCommand(await import("./inspect.ts")) },
  ls:       { summary: "List volumes", aliases: ["list"], load: async () => asCommand(await import("./ls.ts")) },
  mv:       { summary: "Give a volume another name", aliases: ["rename"], load: async () => asCommand(await import("./mv.ts")) },
  prune:    { summary: "Remove volumes that no container has", load: async () => asCommand(await import("./prune.ts")) },
  rm:       { summary: "Remove volumes", aliases: ["remove"], load: async () => asCommand(await import("./rm.ts")) },
  snapshot: { summary: "Keep what a volume holds now as a volume of its own", load: async () => asCommand(await import("./snapshot.ts")) },
};
