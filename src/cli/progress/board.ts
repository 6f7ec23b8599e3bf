// What is known of every layer so far, as events tell it: the state behind a frame. Pure: the time comes with the event.
import type { LayerEvent } from "../../image/ports/progress.ts";
import { STATES } from "./states.ts";

/** A layer's line. */
export interface Lane {
  readonly event: LayerEvent;
  /** Bytes a second; undefined until a second of it is known. */
  readonly rate: number | undefined;
  /** What the rate is counted from: a moment of the present state, some seconds back. */
  readonly since: { readonly at: number; readonly bytes: number };
}

/** Layers by id, in the order in which they were first told of. */
export type Board = ReadonlyMap<string, Lane>;

export const EMPTY_BOARD: Board = new Map();

/** Milliseconds: a rate needs so long, and looks back at most so far. */
const LEAST_SPAN = 1000;
const MOST_SPAN = 5000;

/** The board after an event at a moment of a clock that only goes forward, in milliseconds. */
export function withEvent(board: Board, event: LayerEvent, at: number): Board {
  return new Map(board).set(event.id, laneAfter(board.get(event.id), event, at));
}

function laneAfter(lane: Lane | undefined, event: LayerEvent, at: number): Lane {
  const bytes = event.current ?? 0;
  if (lane === undefined || lane.event.state !== event.state || bytes < lane.since.bytes)
    return { event, rate: undefined, since: { at, bytes } };
  const span = at - lane.since.at;
  const rate = span < LEAST_SPAN ? lane.rate : ((bytes - lane.since.bytes) / span) * 1000;
  return { event, rate, since: span > MOST_SPAN ? { at, bytes } : lane.since };
}

/** Whether a layer has got to its end. */
export function hasEnded({ event }: Lane): boolean {
  return STATES[event.state].ends === true;
}
