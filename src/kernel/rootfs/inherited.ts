// A container without a mount namespace: runtime-spec 1.3 config-linux.md, "Namespaces": it inherits the caller's. Whatever it mounted would be
// mounted on the host and stay there, as runc leaves it; so nothing is, and the container is only put into its root.
import type { Problem } from "../../base/errors.ts";
import type { RuntimeConfig } from "../../spec/runtime/config.ts";
import { type Op, op } from "../plan/plan.ts";
import { OPEN_COMMON } from "../tables/open-flags.ts";
import type { RootfsContext } from "./context.ts";

/** True when the container has a mount namespace that is not simply its caller's, new or joined. */
export function hasMountNamespace(config: RuntimeConfig): boolean {
  return config.linux?.namespaces?.some(({ type }) => type === "mount") === true;
}

/** What protects the container or the host and takes a mount namespace: none of it is left out silently. */
export function inheritedNamespaceProblems(config: RuntimeConfig): Problem[] {
  if (hasMountNamespace(config)) return [];
  const { maskedPaths = [], readonlyPaths = [] } = config.linux ?? {};
  const asked = [
    { field: "linux.maskedPaths", wanted: maskedPaths.length > 0 },
    { field: "linux.readonlyPaths", wanted: readonlyPaths.length > 0 },
    { field: "root.readonly", wanted: config.root.readonly === true },
    { field: "process.terminal", wanted: config.process?.terminal === true },
  ];
  return asked.filter(({ wanted }) => wanted).map(({ field }) => ({ field, message: "takes a mount namespace in linux.namespaces" }));
}

/** What is not done, and is no danger. */
export function inheritedNamespaceWarnings(config: RuntimeConfig): string[] {
  if (hasMountNamespace(config) || !config.mounts?.length) return [];
  return ["mounts: without a mount namespace in linux.namespaces they would be the host's: none is made"];
}

/** Opens the root file system at `path` (absolute) in register `root`. */
export function openRootOps({ root }: RootfsContext, path: string): Op[] {
  const policy = { from: "root.path", subject: `root file system ${path}` };
  return [op("open", { dir: undefined, path: `${path}/`, flags: OPEN_COMMON.O_PATH, mode: 0, out: root }, policy)];
}

/** Makes register `root` the root directory of the process alone. */
export function chrootOps({ root }: RootfsContext): Op[] {
  return [op("chroot", { root }, "root.path")];
}
