// What use case `run` is asked for.
import type { ContainerOptions } from "../containers/config/container-config.ts";

export interface RunRequest {
  readonly id: string;
  /** Without a host name of its own the container takes its id. */
  readonly container: Omit<ContainerOptions, "hostname"> & { readonly hostname?: string };
  /** Load the engines' default filter. */
  readonly seccomp: "default" | "unconfined";
  readonly interactive: boolean;
  /** Delete the container when it has ended. */
  readonly remove: boolean;
  readonly timings: boolean;
  /** Executed by the monitor, with the id added, at the end of a container whose terminal may have been left. */
  readonly onExit: readonly string[];
}
