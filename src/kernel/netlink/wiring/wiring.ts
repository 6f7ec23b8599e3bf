// How a container is wired to networks, as messages for the launcher. They differ from container to container while its plan is the same for
// many, so that they do not stand in the plan: they are parts of a file that the plan's ops name by number.
import type { Errno } from "../../../base/errno.ts";
import type { Message } from "../message.ts";

export interface Wiring {
  /** rtnetlink, in the launcher's network namespace, once the container has its own (`NAMESPACE` in an attribute is that one). */
  readonly host: readonly Described[];
  /** nf_tables, there, one batch, whose ends need not be given; or a question for a table. */
  readonly firewall: readonly Described[];
  /** What is run where the table is not there (ENOENT): it makes all that there should be, with what `firewall` puts there. The same for every container. */
  readonly remake?: readonly string[];
  /** rtnetlink, in the container's. */
  readonly inside: readonly Described[];
  /** Bound by the launcher, and held by the monitor as long as the container runs: so nobody else gets them. */
  readonly hold: readonly HeldPort[];
}

/** A message and what it is for: `address 10.89.0.2/24 of eth0`. */
export interface Described {
  readonly message: Message;
  readonly subject: string;
  /** The network's name, which error sentences of a container's wiring begin with. */
  readonly network?: string;
  /** Answers that count as success, at most four; outside of a container's wiring alone (sendNetlink), and of a batch not for one of its messages. */
  readonly tolerate?: readonly Errno[];
}

export interface HeldPort {
  readonly protocol: "tcp" | "udp" | "sctp";
  /** Four or sixteen bytes. */
  readonly address: Uint8Array;
  readonly port: number;
  /** `port 0.0.0.0:8080/tcp` */
  readonly subject: string;
}
