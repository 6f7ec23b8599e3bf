// What a copy tells while it runs.
import type { Digest } from "../../base/digest.ts";

/** `extracting` and `complete` are of a layer that is unpacked, which who takes it into the store adds. */
export type CopyState = "waiting" | "exists" | "copying" | "done" | "skipped" | "extracting" | "complete";

export interface CopyEvent {
  /** The first twelve digits of the digest, as people see layers. */
  readonly id: string;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly state: CopyState;
  /** Bytes. */
  readonly current?: number;
  readonly total?: number;
  readonly detail?: string;
}

export type OnProgress = (event: CopyEvent) => void;
