// Removes a tree that a container has written, once nothing of the container is left. In a user namespace its files may be owned by ids that
// only that namespace gives a right over; and overlayfs leaves a directory of mode 0 behind.
import { existsSync, rmSync } from "node:fs";
import { op } from "../plan/plan.ts";
import type { RuntimeContext } from "./context.ts";
import { type IdMaps, runSidePlan } from "./side-plan.ts";

const RM = "/bin/rm";
const TIMEOUT_MS = 600_000;

/** @throws KernelError when the tree stays */
export function removeTree(context: RuntimeContext, path: string, maps: IdMaps | undefined): void {
  if (maps === undefined) {
    rmSync(path, { recursive: true, force: true });
    return;
  }
  if (!existsSync(path)) return;
  const argv = [RM, "-rf", "--one-file-system", "--", path];
  runSidePlan(context, {
    maps,
    from: "writable layer",
    ops: () => [
      op(
        "run",
        { path: RM, argv, env: [], stdin: [], timeout: TIMEOUT_MS, hole: -1, pid: undefined },
        { from: "writable layer", subject: `rm -rf ${path}` },
      ),
    ],
  });
}
