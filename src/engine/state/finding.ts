// What `system check` has found of containers, networks and volumes.

export interface StateFinding {
  readonly kind:
    | "database"
    | "network-damaged"
    | "container-damaged"
    | "container-missing"
    | "container-orphaned"
    | "volume-missing"
    | "volume-orphaned";
  /** The id, name or file that it is about. */
  readonly subject: string;
  /** One sentence. */
  readonly message: string;
}
