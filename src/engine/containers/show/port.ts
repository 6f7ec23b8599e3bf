// Use case `port`: the ports of the host that lead to a container.
import type { ContainerRow } from "../../../containers/state/rows.ts";
import type { PublishedPort } from "../../../network/model/port.ts";
import { portsOf } from "../../../network/state/ports.ts";
import type { Engine } from "../../engine.ts";

/** In the order of the container's ports. */
export function publishedPorts({ state }: Engine, { id }: Pick<ContainerRow, "id">): readonly PublishedPort[] {
  return portsOf(state.rows, id);
}
