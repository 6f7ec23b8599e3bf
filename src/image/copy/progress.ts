// What a copy tells while it runs.
import type { Digest } from "../../base/digest.ts";

export type CopyState = "waiting" | "exists" | "copying" | "done" | "skipped";

export interface CopyEvent {
  /** The first twelve digits of the digest, as people see layers. */
  readonly id: string;
  readonly digest: Digest;
  readonly state: CopyState;
  /** Bytes. */
  readonly current?: number;
  readonly total?: number;
  readonly detail?: string;
}

export type OnProgress = (event: CopyEvent) => void;
