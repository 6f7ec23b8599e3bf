// Other containers that flags name, for a namespace of theirs (`--pid container:NAME`) or for another name of theirs (`--link`).
import type { NetworkMode } from "../../../containers/document/network.ts";
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
    network: { ...network, mode: withIds(mode, find) },
  };
}

function withIds(mode: NetworkMode, find: (text: string) => NamedContainer): NetworkMode {
  if (mode.kind === "container") return { ...mode, id: find(mode.id).id };
  if (mode.kind !== "networks") return mode;
  const attachments = mode.attachments.map((one) => ({
    ...one,
    links: one.links.map(({ container, alias }) => ({ container: find(container).id, alias })),
  }));
  return { ...mode, attachments };
}
