// Other containers that flags name, for a namespace of theirs: `--pid container:NAME`.
import type { DocumentParts } from "./document.ts";

/**
 * The same parts with the ids of the containers in place of what people call them.
 * @param find the id of a container by its name or the beginning of its id
 */
export function withContainerIds(parts: DocumentParts, find: (text: string) => string): DocumentParts {
  const { options, network } = parts;
  const { pid, ipc } = options;
  const { mode } = network;
  return {
    ...parts,
    options: {
      ...options,
      ...(typeof pid === "object" ? { pid: { container: find(pid.container) } } : {}),
      ...(typeof ipc === "object" ? { ipc: { container: find(ipc.container) } } : {}),
    },
    network: mode.kind === "container" ? { ...network, mode: { kind: "container", id: find(mode.id) } } : network,
  };
}
