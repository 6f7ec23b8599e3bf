// Other containers that flags name, for a namespace of theirs: `--pid container:NAME`.
import type { DocumentParts } from "./document.ts";

/**
 * The same parts with the ids of the containers in place of what people call them.
 * @param find the id of a container by its name or the beginning of its id; asked only where there is one
 */
export async function withContainerIds(parts: DocumentParts, find: (text: string) => string | Promise<string>): Promise<DocumentParts> {
  const { options, network } = parts;
  const { pid, ipc } = options;
  const named = { pid: typeof pid === "object" ? pid : undefined, ipc: typeof ipc === "object" ? ipc : undefined };
  const { mode } = network;
  if (named.pid === undefined && named.ipc === undefined && mode.kind !== "container") return parts;
  return {
    ...parts,
    options: {
      ...options,
      ...(named.pid === undefined ? {} : { pid: { container: await find(named.pid.container) } }),
      ...(named.ipc === undefined ? {} : { ipc: { container: await find(named.ipc.container) } }),
    },
    ...(mode.kind === "container" ? { network: { ...network, mode: { kind: "container", id: await find(mode.id) } } } : {}),
  };
}
