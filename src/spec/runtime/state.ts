// The state of a container (runtime-spec 1.3, runtime.md "State"): what `state` prints and what hooks read on stdin.

/** `paused` is runc's addition, which the specification allows ("Additional values MAY be defined by the runtime"). */
export type ContainerStatus = "creating" | "created" | "running" | "stopped" | "paused";

export interface State {
  readonly ociVersion: string;
  readonly id: string;
  readonly status: ContainerStatus;
  /** REQUIRED when created or running; left out, or 0, for a container that has stopped. */
  readonly pid?: number;
  /** Absolute path. */
  readonly bundle: string;
  readonly annotations?: Readonly<Record<string, string>>;
}
