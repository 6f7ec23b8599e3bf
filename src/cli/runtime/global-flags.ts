// The flags that stand before a verb of the runtime.
import type { FlagValues } from "../command.ts";

/** runc's global flags. */
export const GLOBAL_FLAGS = {
  root: { type: "string", value: "DIR", summary: "Directory of the containers' state" },
  log: { type: "string", value: "FILE", summary: "File that errors and warnings are appended to" },
  "log-format": { type: "string", value: "FORMAT", summary: "text or json" },
  "systemd-cgroup": { type: "boolean", summary: "Have systemd make cgroups; cgroupsPath is then SLICE:PREFIX:NAME" },
  criu: { type: "string", value: "PATH", summary: "Accepted as runc does: nothing here runs criu" },
  rootless: { type: "string", value: "WHEN", summary: "true, false or auto; the caller's privileges decide" },
  debug: { type: "boolean", summary: "Show warnings on standard error, too" },
  help: { type: "boolean", short: "h", summary: "Show this text" },
  version: { type: "boolean", short: "v", summary: "Show the version" },
} as const;

export type GlobalFlagValues = FlagValues<typeof GLOBAL_FLAGS>;
