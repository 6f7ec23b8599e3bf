// What every part of the store works with: where things are, the database, the clock, who we are.

import type { StateDatabase } from "../../base/database.ts";
import type { Digest } from "../../base/digest.ts";
import { type ProcessIdentity, parseIdentity } from "../../base/process-identity.ts";
import { isAlive } from "../../kernel/state/process.ts";
import type { Platform } from "../../spec/image/platform.ts";
import type { StorePaths } from "./paths.ts";

/** A container and the image manifest that it was made from. */
export interface ContainerImage {
  readonly containerId: string;
  readonly manifest: Digest;
  /** Of its top layer, where that is known; the manifest's layers are kept anyway. */
  readonly chainId: Digest | undefined;
}

export interface StoreContext {
  readonly paths: StorePaths;
  readonly database: StateDatabase;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly self: ProcessIdentity;
  /** Claims of ours, as `kind key`, that a full disk kept us from releasing: free for whoever asks in this process. */
  readonly abandoned: Set<string>;
  /** Of the containers that run here: which image of an index is meant. */
  readonly platform: Platform;
  /** Removes a directory tree whose files may belong to mapped users. No error when it is not there. */
  readonly removeTree: (path: string) => Promise<void>;
  /** The containers that there are, asked whenever something is to be removed; absent: those that were registered. */
  readonly containers?: (() => readonly ContainerImage[]) | undefined;
}

/** Whether a process that a row or a file name tells of still runs. */
export function lives(context: StoreContext, { pid, startTime, bootId }: ProcessIdentity): boolean {
  return bootId === context.self.bootId && isAlive(pid, startTime);
}

/** The same of the end of a name aside: `.new-<identity>-<number>`. */
export function ownerLives(context: StoreContext, word: string): boolean {
  const identity = parseIdentity(word);
  return identity !== undefined && lives(context, identity);
}

/** Milliseconds between writes of a last-used time: it serves policies that count in days. */
const USED_GRAIN = 3_600_000;

/** Rows of `table` used before this are due for a new last-used time. */
export function usedBefore(now: number): number {
  return now - USED_GRAIN;
}
