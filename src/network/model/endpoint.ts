// A container's place in a network: what is asked for (in the container's document), and what it has while it runs (a row).
import type { IpAddress } from "../address/address.ts";

/** `--network name=…,ip=…,alias=…` */
export interface Attachment {
  /** The network's id: its name may be given to another. */
  readonly network: string;
  /** For messages, and where the network is gone. */
  readonly name: string;
  readonly ipv4?: IpAddress;
  readonly ipv6?: IpAddress;
  /** Six bytes, `02:42:ac:11:00:02`. */
  readonly mac?: string;
  /** Inside; `eth0`, `eth1` … otherwise. */
  readonly interface?: string;
  /** Other names of it in this network. */
  readonly aliases: readonly string[];
  /** `--link CONTAINER:ALIAS`: how this container calls others. */
  readonly links: readonly { readonly container: string; readonly alias: string }[];
  /** The highest has the default route; of equals, the first. docker's gw-priority. */
  readonly priority: number;
  readonly rate?: Rate;
  readonly options: Readonly<Record<string, string>>;
  /** The network is made by CNI plugins, in a namespace that is there before the container. */
  readonly cni?: true;
}

/** How fast packets go into a container and out of it: bytes a second; 0 is no limit. */
export interface Rate {
  readonly in: number;
  readonly out: number;
}

/** While its container runs. */
export interface Endpoint {
  /** 64 hexadecimal digits; new at each start. */
  readonly id: string;
  readonly container: string;
  readonly network: string;
  /** 0, 1 …: the order in which the container got its interfaces. */
  readonly ordinal: number;
  /** Inside: `eth0`. */
  readonly interface: string;
  /** Outside, where there is another end. */
  readonly hostInterface?: string;
  readonly mac: string;
  readonly ipv4?: IpAddress;
  readonly ipv6?: IpAddress;
}
