// Use case `port`: the ports of the host that lead to a container. Networks bring the first; a container of today has none.
import type { ContainerRow } from "../../../containers/state/rows.ts";

export interface PublishedPort {
  /** `80/tcp`. */
  readonly inside: string;
  /** `0.0.0.0:8080`. */
  readonly outside: string;
}

/** In the order of the container's ports. */
export function portsOf(_row: ContainerRow): readonly PublishedPort[] {
  return [];
}
