// The op table: the one description of what the launcher can do. `tools/gen-ops.ts` makes launcher/ops.gen.h of it;
// the encoder, `explain` and the launcher's bounds checks all walk it. An op is one system call, or the smallest useful
// handful of them, with its arguments already computed. A file a subject in ops/. docs/plan.md tells the wire form.
import { FILE_OPS } from "./ops/files.ts";
import { FORWARD_OPS } from "./ops/forward.ts";
import { LAUNCHER_OPS } from "./ops/launcher.ts";
import { MOUNT_OPS } from "./ops/mounts.ts";
import { NETWORK_OPS } from "./ops/network.ts";
import { PROCESS_OPS } from "./ops/processes.ts";
import { PROGRAM_OPS } from "./ops/program.ts";
import { TREE_OPS } from "./ops/trees.ts";

export type { ArgKind, OpDefinition } from "./ops/definition.ts";

export const OPS = {
  ...FILE_OPS,
  ...MOUNT_OPS,
  ...TREE_OPS,
  ...PROCESS_OPS,
  ...PROGRAM_OPS,
  ...NETWORK_OPS,
  ...FORWARD_OPS,
  ...LAUNCHER_OPS,
} as const;

export type OpName = keyof typeof OPS;

/** Largest register number is REGISTERS - 1; -1 on the wire means unset. */
export const REGISTERS = 256;

/** Longest op argument list; fixes the size of an encoded op. */
export const MAX_ARGS = 8;

/** Version of the wire form; the launcher refuses any other. */
export const PLAN_VERSION = 1;
