// A published port: an address and a port of the host that lead to one of a container.
import type { IpAddress } from "../address/address.ts";

export const PROTOCOLS = ["tcp", "udp", "sctp"] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** As `-p` asks for it, one port each: ranges are taken apart. */
export interface PortRequest {
  /** All addresses of both families where none is given. */
  readonly address?: IpAddress;
  /** A free one is chosen at each start where none is given; from a range, the first free of it. */
  readonly port?: number | { readonly first: number; readonly last: number };
  readonly target: number;
  readonly protocol: Protocol;
}

/** Of one container, an address each: its monitor keeps a socket for each (HELD_MAX, launcher/machine.h), and some of its own. */
export const MOST_PORTS = 4000;

/** As a running container has it, a family each: `0.0.0.0` and `::` are all addresses of theirs. */
export interface PublishedPort {
  readonly container: string;
  readonly address: IpAddress;
  readonly port: number;
  readonly target: number;
  readonly protocol: Protocol;
}
