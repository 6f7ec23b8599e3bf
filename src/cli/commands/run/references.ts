// Other containers that flags name, for a namespace of theirs: `--pid container:NAME`.
import type { DocumentParts } from "./document.ts";

export interface NamedContainer {
  readonly id: string;
  readonly hostname: string;
}

/**
 * The same parts with the ids of the containers in place of what people call them. Who has another's network has its host name, as in docker.
 * @param find a container by its name or the beginning of its id
 */
export function withContainerIds(parts: DocumentParts, find: (text: string) => NamedContainer): DocumentParts {
  const { options, network } = parts;
  const { pid, ipc } = options;
  const { mode } = network;
  const neighbour = mode.kind === "container" ? find(mode.id) : undefined;
  return {
    ...parts,
    options: {
      ...options,
      ...(neighbour === undefined || options.uts === "host" ? {} : { hostname: neighbour.hostname }),
      ...(typeof pid === "object" ? { pid: { container: find(pid.container).id } } : {}),
      ...(typeof ipc === "object" ? { ipc: { container: find(ipc.container).id } } : {}),
    },
    network: neighbour === undefined ? network : { ...network, mode: { kind: "container", id: neighbour.id } },
  };
}
