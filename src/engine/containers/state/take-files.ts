// Takes away what a container has on disk: its directory is another's for nobody from the first step on, and whatever cannot go at once goes
// with the next command that sweeps.
import { join } from "node:path";
import type { Engine } from "../../engine.ts";
import { removeContainerDirectory } from "./directory.ts";
import { setAside } from "./set-aside.ts";

export const containersOf = ({ root }: Pick<Engine, "root">): string => join(root, "containers");

/** Takes the directory of a container; the name that it has from now on, undefined where somebody else has it. */
export function takeFiles(engine: Engine, id: string): string | undefined {
  return setAside(containersOf(engine), id);
}

/** Removes what was taken. What only a stubborn tree needs is loaded for that. */
export async function removeTaken(engine: Engine, name: string): Promise<void> {
  const { runtime } = engine;
  await removeContainerDirectory(join(containersOf(engine), name), async (path, maps) => {
    const { removeTree } = await import("../../../kernel/tree/remove.ts");
    const userns = maps === undefined ? {} : { userns: { ...maps, facts: runtime.facts() } };
    await removeTree({ launcher: runtime.launcher, dir: engine.runRoot, subject: "the files of a container", path, ...userns });
  });
}
