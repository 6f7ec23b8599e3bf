// Where the output of a container's program goes, besides to whoever is attached.

export const LOG_DRIVERS = ["json-file", "local", "journald", "none"] as const;

export interface LogSettings {
  readonly driver: (typeof LOG_DRIVERS)[number];
  /** Bytes after which a file is rotated; 0 is never. */
  readonly maxSize: number;
  /** Files that are kept, the one that is written to among them. */
  readonly maxFiles: number;
  readonly compress: boolean;
  /** `--log-opt` as it was given, for `inspect` and what drivers add to a line (tag, labels, env). */
  readonly options: Readonly<Record<string, string>>;
}

/** docker rotates nothing by default, which fills disks; `local` always had these limits, a container of ours has them with both. */
export const DEFAULT_LOG: LogSettings = { driver: "json-file", maxSize: 10 * 1000 * 1000, maxFiles: 3, compress: true, options: {} };
