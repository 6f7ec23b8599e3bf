// Copies of trees, made by the launcher from directory to directory: what an image has at a place into a volume (op copyUp), and all of a
// directory (op copyTree), blocks shared where the file system does that.
import type { Mount } from "../../spec/runtime/config.ts";
import { type Op, op, type Register, type Registers } from "../plan/plan.ts";
import { overlayOps } from "../rootfs/root-mount.ts";
import { OPEN_COMMON } from "../tables/open-flags.ts";
import type { RuntimeContext } from "./context.ts";
import { type IdMaps, runSidePlan } from "./side-plan.ts";

export interface PlaceCopy {
  /** The root file system: a bind of a directory, or an overlay. */
  readonly root: Mount;
  /** Absolute in it. */
  readonly path: string;
  /** An empty directory of the host, which takes the place's owner and mode too. */
  readonly into: string;
  readonly maps: IdMaps | undefined;
}

/**
 * Copies the directory at a place of a root file system; nothing where there is none.
 * @throws KernelError
 */
export function copyPlace(context: RuntimeContext, { root, path, into, maps }: PlaceCopy): void {
  const policy = { from: "volume", subject: `${path} of the image`, tolerate: ["ENOENT", "ENOTDIR"] } as const;
  runSidePlan(context, {
    maps,
    from: "volume",
    ops: (registers) => [
      ...openRootOps(root, registers, context),
      openDirectory(into, registers.named("into")),
      op("copyUp", { root: registers.named("root"), path, into: registers.named("into") }, policy),
    ],
  });
}

export interface TreeCopy {
  /** Directories of the host; `links` is an empty one on the file system of `into`, and its caller's to remove. */
  readonly from: string;
  readonly into: string;
  readonly links: string;
  readonly maps: IdMaps | undefined;
}

/** Copies all that is in a directory. @throws KernelError */
export function copyWholeTree(context: RuntimeContext, { from, into, links, maps }: TreeCopy): void {
  runSidePlan(context, {
    maps,
    from: "volume",
    ops: (registers) => {
      const [root, to, names] = [registers.named("root"), registers.named("into"), registers.named("links")];
      return [
        openDirectory(from, root),
        openDirectory(into, to),
        openDirectory(links, names),
        op("copyTree", { root, into: to, links: names }, { from: "volume", subject: from }),
      ];
    },
  });
}

function openRootOps(root: Mount, registers: Registers, context: RuntimeContext): Op[] {
  const out = registers.named("root");
  if (root.type === "overlay") return overlayOps(root, { registers, root: out, kernel: context.facts().kernel });
  return [openDirectory(root.source ?? "", out)];
}

function openDirectory(path: string, out: Register): Op {
  // The slash: it must be a directory.
  return op("open", { dir: undefined, path: `${path}/`, flags: OPEN_COMMON.O_PATH, mode: 0, out }, { from: "volume", subject: path });
}
