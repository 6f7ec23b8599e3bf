// Takes away what a container of an image has on disk. On the way of a run's end: what only a stubborn tree needs is loaded for that.
import type { RuntimeContext } from "../kernel/state/context.ts";
import { type RemoveTree, removeContainerDirectory } from "./container-directory.ts";

/** The container has ended; its state directory is the caller's. */
export async function releaseContainer(context: RuntimeContext, root: string, id: string): Promise<void> {
  const stubborn: RemoveTree = async (path, maps) => {
    const { removeTree } = await import("../kernel/tree/remove.ts");
    const userns = maps === undefined ? {} : { userns: { ...maps, facts: context.facts() } };
    await removeTree({ launcher: context.launcher, dir: context.root, subject: `the files of container ${id}`, path, ...userns });
  };
  await removeContainerDirectory(root, id, stubborn);
}
