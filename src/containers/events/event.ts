// One thing that happened, as docker's `events` tells it: names, attributes and filters are docker's.

export interface EngineEvent {
  readonly type: "container" | "image" | "volume" | "network";
  /** `create`, `start`, `die`, `exec_create: sh -c …`. */
  readonly action: string;
  /** The id of what it happened to; of volumes and images their names. */
  readonly actor: string;
  /** Of containers: `name`, `image`, the labels, and what the action adds (`exitCode`, `signal`). */
  readonly attributes: Readonly<Record<string, string>>;
}

/** An event as it is stored. */
export interface RecordedEvent extends EngineEvent {
  /** Grows with every event. */
  readonly id: number;
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
}
