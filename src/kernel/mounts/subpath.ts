// A part of a volume or an image as the source of a mount. Containers write to it, so that its path is theirs too: it is resolved once, with the
// source as its root, and cloned by that descriptor (CVE-2017-1002101, CVE-2021-25741).
import { type Op, op, type Register } from "../plan/plan.ts";
import { OPEN_TREE_CLONE } from "../tables/mount-flags.ts";
import { AT, OPEN_COMMON } from "../tables/open-flags.ts";
import { policyOf } from "./attach.ts";
import type { MountContext, MountEntry } from "./context.ts";

export interface Subpath {
  /** An open directory, or a mount attached nowhere (Linux 6.15): closed when its part is cloned. */
  readonly whole: Register;
  readonly path: string;
  readonly recursive: boolean;
  readonly out: Register;
}

/** Clones what lies at a path in a directory into register `out`. */
export function subpathOps(entry: MountEntry, { registers }: MountContext, { whole, path, recursive, out }: Subpath): Op[] {
  const policy = { ...policyOf(entry), subject: `${path} in ${entry.subject}` };
  const part = registers.named("subpath");
  const flags = AT.EMPTY_PATH | OPEN_TREE_CLONE | (recursive ? AT.RECURSIVE : 0);
  return [
    op("openIn", { root: whole, path, flags: OPEN_COMMON.O_PATH, mode: 0, resolve: 0, out: part }, policy),
    op("openTree", { dir: part, path: "", flags, out }, policy),
    ...[part, whole].map((fd) => op("close", { fd }, policy)),
  ];
}
