// docker's words for the states of a layer, and what a view makes of each.
import type { LayerEvent, LayerState } from "../../image/ports/progress.ts";

interface StateWords {
  readonly text: string;
  /** Bytes are counted: a bar is shown, and nothing where lines cannot be updated. */
  readonly moves?: boolean;
  /** Nothing comes after it. */
  readonly ends?: boolean;
}

// biome-ignore format: table
export const STATES: Readonly<Record<LayerState, StateWords>> = {
  found:           { text: "Pulling fs layer" },
  waiting:         { text: "Waiting" },
  downloading:     { text: "Downloading", moves: true },
  verifying:       { text: "Verifying Checksum" },
  downloaded:      { text: "Download complete" },
  extracting:      { text: "Extracting", moves: true },
  pulled:          { text: "Pull complete", ends: true },
  present:         { text: "Already exists", ends: true },
  preparing:       { text: "Preparing" },
  pushing:         { text: "Pushing", moves: true },
  pushed:          { text: "Pushed", ends: true },
  mounted:         { text: "Mounted from", ends: true },
  "present-there": { text: "Layer already exists", ends: true },
  failed:          { text: "Failed", ends: true },
};

/** `Mounted from library/debian`. */
export function statusOf({ state, detail }: Pick<LayerEvent, "state" | "detail">): string {
  const { text } = STATES[state];
  if (detail === undefined) return text;
  return state === "failed" ? `${text}: ${detail}` : `${text} ${detail}`;
}
