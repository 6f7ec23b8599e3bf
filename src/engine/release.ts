// Takes away what a container of an image has on disk. On the way of a run's end: what is needed only for other users' files is loaded for those.
import type { RuntimeContext } from "../kernel/state/context.ts";
import { removeContainerDirectory } from "./container-directory.ts";

/** The container has ended; its state directory is the caller's. */
export async function releaseContainer(context: RuntimeContext, root: string, id: string): Promise<void> {
  await removeContainerDirectory(root, id, async (path, maps) => {
    (await import("../kernel/state/remove-tree.ts")).removeTree(context, path, maps);
  });
}
