// Frames on a terminal, one over the other, by the escapes that every terminal knows (ECMA-48: CUU, EL, ED). The cursor stays below
// the frame and is never hidden: whoever is killed leaves a terminal that is as it was.
import type { Window } from "./frame.ts";

const ESC = "\x1b[";

/** What is on the screen. */
export interface Screen {
  readonly lines: readonly string[];
  readonly width: number;
}

/** The text that replaces what is shown by `messages`, which stay, and below them a frame. */
export function redraw(shown: Screen, messages: readonly string[], frame: readonly string[], window: Window): string {
  if (messages.length === 0 && shown.width === window.width) return update(shown.lines, frame);
  const text = [...messages, ...frame].map((line) => `${line}\n`).join("");
  return shown.lines.length === 0 ? text : `${up(rowsOf(shown, window))}${ESC}J${text}`;
}

/**
 * Only lines that have changed are written. Cleared before, not behind: terminals that wrap anew when they get narrower (tmux) take cells
 * that were cleared behind a text as part of the line.
 */
function update(before: readonly string[], after: readonly string[]): string {
  if (before.length === after.length && before.every((line, at) => line === after[at])) return "";
  const lines = after.map((line, at) => (line === before[at] ? "\n" : `${ESC}K${line}\n`)).join("");
  return `${up(before.length)}${lines}${after.length < before.length ? `${ESC}J` : ""}`;
}

/** Rows that lines take in a window that has got narrower: the terminal wraps them anew. */
function rowsOf({ lines }: Screen, { width, height }: Window): number {
  const rows = lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(Bun.stringWidth(line) / width)), 0);
  return Math.min(rows, height - 1); // what has scrolled away cannot be reached
}

function up(rows: number): string {
  return rows === 0 ? "" : `\r${ESC}${rows}A`;
}
