// Every command of `teu`, by name; a command's module is loaded when it is asked for.
import type { Command, CommandEntry } from "../command.ts";

const asCommand = (command: unknown): Command => command as Command; // each command's own flags are a subset of Flags

// biome-ignore format: table
export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  attach:     { summary: "Show the terminal of a running container", load: async () => asCommand((await import("./attach.ts")).default) },
  completion: { summary: "Print what makes a shell complete teu's commands and flags", load: async () => asCommand((await import("./completion.ts")).completion(COMMANDS, RUNTIME)) },
  ps:         { summary: "List containers", load: async () => asCommand((await import("./ps.ts")).default) },
  rm:         { summary: "Remove containers", load: async () => asCommand((await import("./rm.ts")).default) },
  run:        { summary: "Run a program in a new container", load: async () => asCommand((await import("./run.ts")).default) },
  version:    { summary: "Show the version", load: async () => asCommand((await import("./version.ts")).default) },
};

/** Commands that are not shown. */
export const HIDDEN: Readonly<Record<string, CommandEntry["load"]>> = {
  internal: async () => asCommand((await import("./internal.ts")).default),
};

/** Shown beside the commands, but a command line of its own. */
export const RUNTIME = { name: "runtime", summary: "The OCI runtime, with runc's command line (also: teu-runtime)" } as const;
