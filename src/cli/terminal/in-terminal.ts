// The terminal of a container's process, shown in this one from the process's start on.
import { type CliContext, UsageError } from "../command.ts";
import { WRONG_CALL } from "../flag-values.ts";
import { holdSignals } from "../signals.ts";
import { attach } from "./attach-client.ts";
import { DEFAULT_DETACH_KEYS, parseDetachKeys } from "./detach-keys.ts";
import { isTerminal, windowSize } from "./tty.ts";

export interface TerminalOptions {
  readonly context: CliContext;
  /** Standard input goes to it. */
  readonly interactive: boolean;
  /** As people write them: `ctrl-p,ctrl-q`. */
  readonly detachKeys: string | undefined;
  /** Hand signals on to the process. */
  readonly signals: boolean;
  /** Said when the detach keys were read: docker's words. */
  readonly farewell: string;
}

/** What whoever starts the process takes of this terminal. */
export interface Terminal {
  readonly consoleSize?: { readonly height: number; readonly width: number };
  /** Shows what comes from the monitor at the other end of this descriptor. */
  show(launched: { readonly socket: number | undefined }): void;
}

/** 128 + SIGHUP: what a shell says of a program that the end of its terminal ended. */
const HUNG_UP = 129;

/**
 * Runs until the process ends, or the user leaves it: with the detach keys (status 0), or because the terminal has gone. The process then goes on
 * with its monitor.
 */
export async function inTerminal(options: TerminalOptions, start: (terminal: Terminal) => Promise<number>): Promise<number> {
  const { context, interactive, farewell } = options;
  if (interactive && !isTerminal(0))
    throw new UsageError("the input device is not a TTY: with -t, standard input must be a terminal", WRONG_CALL);
  const detachKeys = parseDetachKeys(options.detachKeys ?? DEFAULT_DETACH_KEYS);
  const consoleSize = windowSize(1);
  const signals = options.signals ? { signals: holdSignals({ terminal: true }) } : {};
  const left = Promise.withResolvers<number>();
  let shown: Promise<unknown> = Promise.resolve();
  const ended = start({
    ...(consoleSize === undefined ? {} : { consoleSize }),
    show: ({ socket }) => {
      if (socket === undefined) return;
      shown = attach({ monitor: { fd: socket }, detachKeys, interactive, ...signals }).then(({ how }) => {
        if (how !== "ended") left.resolve(how === "detached" ? 0 : HUNG_UP);
      });
    },
  });
  try {
    const status = await Promise.race([ended.then(() => undefined), left.promise]);
    if (status === undefined) return await ended;
    await shown;
    if (status === 0) context.err(farewell);
    return process.exit(status); // the launcher, our child, stays: it is the process's monitor now
  } finally {
    await shown; // the last output, and the terminal as it was
  }
}
