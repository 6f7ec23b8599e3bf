// A board as lines that fit a window: docker's line a layer, `a2abf6c4d29d: Downloading [===>   ]  12.3MB/31.4MB`. Pure.
import { harmless } from "../format/harmless.ts";
import { decimalSize } from "../format/human-size.ts";
import { type Board, hasEnded, type Lane } from "./board.ts";
import { STATES, statusOf } from "./states.ts";

export interface Window {
  readonly width: number;
  readonly height: number;
}

/** docker's bar, and the shortest that says anything. */
const LONGEST_BAR = 50;
const SHORTEST_BAR = 8;
const DIGITS = 4;

/** The lines of a board; never more than the window has, less one for the cursor, nor longer than it is wide. */
export function frameOf(board: Board, window: Window): readonly string[] {
  const lanes = [...board.values()];
  const most = Math.max(1, window.height - 1);
  const shown = lanes.length <= most ? lanes : choose(lanes, most - 1);
  const lines = shown.map((lane) => laneText(lane, window.width));
  return shown.length === lanes.length ? lines : [cut(restText(lanes), window.width), ...lines];
}

/** Those that move before those that wait, and those before the ended; in their order. */
function choose(lanes: readonly Lane[], most: number): readonly Lane[] {
  const rank = (lane: Lane) => (hasEnded(lane) ? 2 : STATES[lane.event.state].moves === true ? 0 : 1);
  const chosen = new Set(lanes.toSorted((a, b) => rank(a) - rank(b)).slice(0, most));
  return lanes.filter((lane) => chosen.has(lane));
}

function restText(lanes: readonly Lane[]): string {
  return `${lanes.filter(hasEnded).length} of ${lanes.length} layers complete`;
}

/** What does not fit goes, in this order: the rate, the bar, the end of the text. */
function laneText(lane: Lane, width: number): string {
  const { event, rate } = lane;
  const head = `${event.id}: ${harmless(statusOf(event))}`;
  if (STATES[event.state].moves !== true || event.current === undefined) return cut(head, width);
  const counted = countText(event.current, event.total);
  const speed = rate === undefined ? "" : `  ${decimalSize(rate, DIGITS)}/s`;
  for (const end of [`${counted}${speed}`, counted]) {
    const room = Math.min(LONGEST_BAR, width - 1 - `${head} []  ${end}`.length);
    if (event.total !== undefined && event.total > 0 && room >= SHORTEST_BAR)
      return `${head} [${bar(event.current / event.total, room)}]  ${end}`;
    if (event.total === undefined && room >= 0) return `${head}  ${end}`;
  }
  return cut(`${head} ${counted}`, width);
}

function countText(current: number, total: number | undefined): string {
  return total === undefined || current > total
    ? decimalSize(current, DIGITS)
    : `${decimalSize(current, DIGITS)}/${decimalSize(total, DIGITS)}`;
}

function bar(part: number, width: number): string {
  const done = Math.min(width, Math.floor(part * width));
  return done >= width ? "=".repeat(width) : `${"=".repeat(done)}>`.padEnd(width);
}

/** A line in the last column would make the terminal wrap. */
function cut(line: string, width: number): string {
  const most = Math.max(1, width - 1);
  if (Bun.stringWidth(line) <= most) return line;
  let kept = "";
  for (const character of line) {
    if (Bun.stringWidth(kept + character) > most - 1) break;
    kept += character;
  }
  return `${kept}…`;
}
