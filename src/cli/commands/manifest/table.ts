// `teu manifest …`: docker's commands on lists of images for several platforms, and podman's where docker has none.
import { asCommand, type CommandTable } from "../../command.ts";

// biome-ignore format: table
export const MANIFEST: CommandTable = {
  add:      { summary: "Add images to a manifest list", load: async () => asCommand(await import("./add.ts")) },
  annotate: { summary: "Say more of an image in a manifest list", load: async () => asCommand(await import("./annotate.ts")) },
  create:   { summary: "Make a manifest list, to be annotated and pushed", load: async () => asCommand(await import("./create.ts")) },
  inspect:  { summary: "Show a manifest, or a manifest list", load: async () => asCommand(await import("./inspect.ts")) },
  push:     { summary: "Push a manifest list with its images", load: async () => asCommand(await import("./push.ts")) },
  remove:   { summary: "Take an image out of a manifest list", load: async () => asCommand(await import("./remove.ts")) },
  rm:       { summary: "Forget manifest lists", load: async () => asCommand(await import("./rm.ts")) },
};
