// What is told while images move: whoever pulls, pushes, loads or copies sends events; the command line and the APIs show them.
import type { Digest } from "../../base/digest.ts";

/** Where a layer is. On its way in, on its way out. */
export type LayerState =
  | "found" // known from the manifest, nothing done yet
  | "waiting" // for one of the connections
  | "downloading"
  | "verifying"
  | "downloaded"
  | "extracting"
  | "pulled"
  | "present" // was here already
  | "preparing"
  | "pushing"
  | "pushed"
  | "mounted" // the registry took it from another repository, which `detail` names
  | "present-there" // the registry has it already
  | "failed"; // `detail` says why; others may go on

/** A layer has got on. */
export interface LayerEvent {
  readonly kind: "layer";
  /** The short name of the line: twelve digits of the digest. */
  readonly id: string;
  readonly digest: Digest;
  readonly state: LayerState;
  /** Bytes done in this state, and of how many, where that is known. */
  readonly current?: number;
  readonly total?: number;
  readonly detail?: string;
}

/** A line about the whole: `12: Pulling from library/debian`. */
export interface MessageEvent {
  readonly kind: "message";
  readonly text: string;
  /** Docker's JSON has it beside the text: the tag. */
  readonly id?: string;
  /** The outcome, which --quiet shows too. */
  readonly last?: boolean;
}

export type ProgressEvent = LayerEvent | MessageEvent;

/** Takes events as they come; must not throw, and must not be waited for. */
export type ProgressSink = (event: ProgressEvent) => void;

const SHORT = 12;

/** What a layer is called in its line. */
export function layerId(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1).slice(0, SHORT);
}
