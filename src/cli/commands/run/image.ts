// Flags about where a container's root file system comes from, and by which runtime it runs.
import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { Flags, FlagValues } from "../../command.ts";
import { CONTENT_TRUST_FLAGS, refuseContentTrust } from "../content-trust.ts";
import type { Problems } from "../flag-problems.ts";

// biome-ignore format: table
export const IMAGE_FLAGS = {
  ...CONTENT_TRUST_FLAGS,
  isolation: { type: "string", oneOf: ["default"], summary: "default: Windows alone has another" },
  platform:  { type: "string", value: "OS/ARCH[/VARIANT]", summary: "The platform of the image" },
  pull:      { type: "string", value: "WHEN", summary: "Pull the image: missing (the default), always or never" },
  quiet:     { type: "boolean", short: "q", summary: "Show no progress of a pull" },
  rootfs:    { type: "string", value: "DIR", completes: "directories", summary: "The directory to use as root file system" },
  runtime:   { type: "string", value: "NAME", summary: "teu: there is no other" },
  systemd:   { type: "string", value: "WHEN", oneOf: ["true", "false", "always"], summary: "What systemd as process 1 needs: true (where it is the program), false or always" },
} as const satisfies Flags;

const RUNTIMES: readonly string[] = ["", "teu", "teu-runtime"];

/** The directory of `--rootfs`, absolute. @throws UsageError for a check of signatures, which there is not */
export function rootfsOf(flags: FlagValues<typeof IMAGE_FLAGS>, problems: Problems): string | undefined {
  refuseContentTrust(flags);
  const { runtime = "", rootfs: text } = flags;
  if (!RUNTIMES.includes(runtime)) problems.refuse("--runtime", `${runtime} is not teu, which runs its containers by itself`);
  if (text === undefined) return undefined;
  for (const flag of ["platform", "pull"] as const)
    if (flags[flag] !== undefined) problems.refuse(`--${flag}`, "is about an image: it does not go with --rootfs");
  const rootfs = resolve(text);
  if (text === "") problems.refuse("--rootfs", "must not be empty"); // an unset variable of a script, not the working directory
  const stats = statSync(rootfs, { throwIfNoEntry: false });
  if (stats === undefined) problems.refuse("--rootfs", `${rootfs} does not exist`);
  else if (!stats.isDirectory()) problems.refuse("--rootfs", `${rootfs} is not a directory`);
  return rootfs;
}
