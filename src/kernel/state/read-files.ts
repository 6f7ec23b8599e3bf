// Reads files of a root file system as a container of it would find them: links, whiteouts and opaque directories mean what they mean in
// there, and nothing outside is reached. The launcher makes the mount, attached nowhere, and copies the files out (op readOut).
import type { Mount } from "../../spec/runtime/config.ts";
import { type Op, op, type Register, type Registers } from "../plan/plan.ts";
import { overlayOps } from "../rootfs/root-mount.ts";
import { OPEN_COMMON } from "../tables/open-flags.ts";
import type { RuntimeContext } from "./context.ts";
import { type IdMaps, runSidePlan } from "./side-plan.ts";

export interface FilesWanted {
  /** A bind of a directory, or an overlay. */
  readonly root: Mount;
  /** Absolute in the root file system. */
  readonly paths: readonly string[];
  /** Bytes that a file may have. */
  readonly most: number;
  readonly maps: IdMaps | undefined;
}

/**
 * The files, in order, as text; empty for those that are not there.
 * @throws KernelError for one that is no regular file, or larger than allowed
 */
export function readRootFiles(context: RuntimeContext, { root, paths, most, maps }: FilesWanted): string[] {
  return runSidePlan(context, {
    maps,
    from: "process.user",
    files: paths.length,
    ops: (registers, files) => [
      ...openRootOps(root, registers, context),
      ...files.map((to, index) => readOp(registers, { path: paths[index] ?? "", to, most })),
    ],
  });
}

function readOp(registers: Registers, { path, to, most }: { readonly path: string; readonly to: Register; readonly most: number }): Op {
  const policy = { from: "process.user", subject: `${path} of the image`, tolerate: ["ENOENT", "ENOTDIR"] } as const;
  return op("readOut", { root: registers.named("root"), path, to, most }, policy);
}

function openRootOps(root: Mount, registers: Registers, context: RuntimeContext): Op[] {
  const out = registers.named("root");
  if (root.type === "overlay") return overlayOps(root, { registers, root: out, kernel: context.facts().kernel });
  const path = `${root.source ?? ""}/`;
  return [op("open", { dir: undefined, path, flags: OPEN_COMMON.O_PATH, mode: 0, out }, { from: "root.path", subject: path })];
}
