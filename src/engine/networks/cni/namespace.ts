// Where the network namespace of a container is that CNI plugins connect. By itself: the way of every run asks, and loads nothing else for it.
import { join } from "node:path";
import type { Engine } from "../../engine.ts";

/** The namespace that a container of CNI networks joins. */
export function cniNamespace({ runRoot }: Pick<Engine, "runRoot">, container: string): string {
  return join(runRoot, "netns", container);
}
