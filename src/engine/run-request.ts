// What use case `run` is asked for.
import type { UserRequest } from "../containers/config/accounts.ts";
import type { ContainerOptions } from "../containers/config/container-config.ts";
import type { ContainerDocument } from "../containers/document/document.ts";
import type { NetworkMode } from "../containers/document/network.ts";
import type { ContainerFacts } from "./container-directory.ts";

/** An image, ready to be run. */
export interface RunImage {
  /** Absolute directories, bottom to top. */
  readonly layers: readonly string[];
  /** They are copied for the container, as the kernel makes no overlay of them. */
  readonly copied?: true;
  /** Destinations of the volumes that are the container's own. */
  readonly volumes: readonly string[];
  readonly facts: Omit<ContainerFacts, "layers">;
  /** ResolvedImage's. */
  readonly confirm?: () => Promise<boolean>;
}

export interface RunRequest {
  readonly id: string;
  /** Without a host name of its own the container takes its id. */
  readonly container: Omit<ContainerOptions, "hostname" | "user" | "volumes" | "files"> & { readonly hostname?: string };
  readonly user: UserRequest;
  /** What stands in for `container.rootfs`, which is then the top-most layer. */
  readonly image?: RunImage;
  readonly seccomp: ContainerDocument["seccomp"];
  readonly network: NetworkMode;
  readonly interactive: boolean;
  /** Delete the container when it has ended. */
  readonly remove: boolean;
  readonly timings: boolean;
  /** Executed by the monitor, with the id added, at the end of a container whose terminal may have been left. */
  readonly onExit: readonly string[];
}
