// Shows the progress of a pull, push or copy as the caller wants it: in place on a terminal, as lines, as JSON, or not at all.
import type { ProgressEvent, ProgressSink } from "../../image/ports/progress.ts";
import type { CliContext, FlagValues } from "../command.ts";
import type { Flags } from "../parse-words.ts";
import { windowSize } from "../terminal/tty.ts";
import { EMPTY_BOARD, hasEnded, withEvent } from "./board.ts";
import { frameOf, type Window } from "./frame.ts";
import { jsonView, type LineView, messageText, plainView, quietView } from "./lines.ts";
import { redraw, type Screen } from "./screen.ts";

/** Flags of every command that moves images. */
export const PROGRESS_FLAGS = {
  progress: { type: "string", oneOf: ["auto", "tty", "plain", "json", "none"], value: "MODE", summary: "auto, tty, plain, json or none" },
  quiet: { type: "boolean", short: "q", summary: "Show the outcome only" },
} as const satisfies Flags;

/** Takes events until it is closed, which shows the last of them. */
export interface ProgressView extends Disposable {
  readonly sink: ProgressSink;
}

const STDOUT = 1;
/** Where a terminal does not tell its size. */
const USUAL_WINDOW: Window = { width: 80, height: 24 };

/** The view that the flags ask for, on what `fd` is, standard output in most cases. To be disposed of in every case. */
export function openProgress(
  { progress = "auto", quiet }: FlagValues<typeof PROGRESS_FLAGS>,
  context: Pick<CliContext, "env" | "out">,
  fd = STDOUT,
): ProgressView {
  if (progress === "json") return lineView(jsonView(), context);
  if (quiet === true || progress === "none") return lineView(quietView(), context);
  const size = () => windowSize(fd);
  const inPlace = progress === "tty" || (progress === "auto" && context.env.TERM !== "dumb" && size() !== undefined);
  return inPlace ? terminalView(() => size() ?? USUAL_WINDOW, context) : lineView(plainView(), context);
}

function lineView(view: LineView, context: Pick<CliContext, "out">): ProgressView {
  return {
    sink(event) {
      const text = view(event, performance.now());
      if (text !== "") context.out(text);
    },
    [Symbol.dispose]() {}, // every line is out
  };
}

/** Milliseconds between frames. */
const FRAME_GAP = 100;

/** Draws at most ten frames a second, and anew when the window changes. */
export function terminalView(size: () => Window, context: Pick<CliContext, "out">): ProgressView {
  let board = EMPTY_BOARD;
  let shown: Screen = { lines: [], width: size().width };
  let messages: string[] = [];
  let timer: Timer | undefined;
  let drawn = Number.NEGATIVE_INFINITY;

  const draw = ({ whole }: { readonly whole: boolean }) => {
    clearTimeout(timer);
    timer = undefined;
    drawn = performance.now();
    const window = size();
    const lines = frameOf(board, whole ? { ...window, height: Number.POSITIVE_INFINITY } : window);
    const text = redraw(shown, messages, lines, window);
    shown = { lines, width: window.width };
    messages = [];
    if (text !== "") context.out(text);
  };
  const drawSoon = () => {
    timer ??= setTimeout(() => draw({ whole: false }), Math.max(0, drawn + FRAME_GAP - performance.now()));
  };
  /** Leaves the frame as it is: what comes now stands below it. */
  const seal = () => {
    draw({ whole: true });
    board = EMPTY_BOARD;
    shown = { ...shown, lines: [] };
  };
  const take = (event: ProgressEvent) => {
    if (event.kind === "message") {
      if (board.size > 0 && [...board.values()].every(hasEnded)) seal();
      messages.push(messageText(event));
    } else board = withEvent(board, event, performance.now());
    drawSoon();
  };
  process.on("SIGWINCH", drawSoon);
  return {
    sink: take,
    [Symbol.dispose]() {
      process.off("SIGWINCH", drawSoon);
      draw({ whole: true });
    },
  };
}
