// The flags of `run` and `create`: docker's names and letters, and podman's for what only podman has. The parser, `--help` and completion read
// these tables; what a flag's text means stands beside its row, a file a group.
import type { Flags, FlagValues } from "../../command.ts";
import { BLOCK_DEVICE_FLAGS } from "./block-devices.ts";
import { DEVICE_FLAGS } from "./devices.ts";
import { HEALTH_FLAGS } from "./health.ts";
import { IDENTITY_FLAGS } from "./identity.ts";
import { IMAGE_FLAGS } from "./image.ts";
import { KERNEL_FLAGS } from "./kernel-settings.ts";
import { LIFE_FLAGS } from "./life.ts";
import { LOG_FLAGS } from "./log.ts";
import { NAMESPACE_FLAGS } from "./namespaces.ts";
import { NETWORK_FLAGS } from "./network.ts";
import { ATTACHED_FLAGS, PROCESS_FLAGS } from "./process.ts";
import { REFUSED_FLAGS } from "./refused.ts";
import { CREATE_RESOURCE_FLAGS, RESOURCE_FLAGS } from "./resources.ts";
import { SECURITY_FLAGS } from "./security.ts";
import { STORAGE_FLAGS } from "./storage.ts";

export const CREATE_FLAGS = {
  ...BLOCK_DEVICE_FLAGS,
  ...CREATE_RESOURCE_FLAGS,
  ...DEVICE_FLAGS,
  ...HEALTH_FLAGS,
  ...IDENTITY_FLAGS,
  ...IMAGE_FLAGS,
  ...KERNEL_FLAGS,
  ...LIFE_FLAGS,
  ...LOG_FLAGS,
  ...NAMESPACE_FLAGS,
  ...NETWORK_FLAGS,
  ...PROCESS_FLAGS,
  ...REFUSED_FLAGS,
  ...RESOURCE_FLAGS,
  ...SECURITY_FLAGS,
  ...STORAGE_FLAGS,
} as const satisfies Flags;

// biome-ignore format: table
export const RUN_FLAGS = {
  ...CREATE_FLAGS,
  ...ATTACHED_FLAGS,
  explain: { type: "boolean", summary: "Print the launch plan, an op a line, and run nothing" },
  json:    { type: "boolean", summary: "Print --explain as JSON" },
  timings: { type: "boolean", summary: "Print what each phase and the slowest ops took, when it has ended" },
} as const satisfies Flags;

/** Of either: `create` has those alone that it declares. */
export type RunFlagValues = FlagValues<typeof RUN_FLAGS>;
