// `exec -t`: the terminal of one more process in a container, shown in this one.

import type { RunningExec } from "../../engine/containers/exec/exec.ts";
import type { ExecAsk } from "../../engine/containers/exec/process.ts";
import { type CliContext, UsageError } from "../command.ts";
import { WRONG_CALL } from "../flag-values.ts";
import { holdSignals } from "../signals.ts";
import { attach } from "./attach-client.ts";
import { DEFAULT_DETACH_KEYS, parseDetachKeys } from "./detach-keys.ts";
import { isTerminal, windowSize } from "./tty.ts";

export interface ExecTerminalOptions {
  readonly context: CliContext;
  /** As people write them: `ctrl-p,ctrl-q`. */
  readonly detachKeys: string | undefined;
  /** Hand signals on to the process. */
  readonly signals: boolean;
}

/** 128 + SIGHUP: what a shell says of a program that the end of its terminal ended. */
const HUNG_UP = 129;

/**
 * Runs until the process ends, or the user leaves it: with the detach keys (status 0), or because the terminal has gone. The process then goes on
 * with its monitor.
 */
export async function execInTerminal(
  ask: ExecAsk,
  { context, ...options }: ExecTerminalOptions,
  exec: (ask: ExecAsk, attend: (exec: RunningExec) => void) => Promise<number>,
): Promise<number> {
  const { interactive } = ask;
  if (interactive && !isTerminal(0))
    throw new UsageError("the input device is not a TTY: with -t, standard input must be a terminal", WRONG_CALL);
  const detachKeys = parseDetachKeys(options.detachKeys ?? DEFAULT_DETACH_KEYS);
  const size = windowSize(1);
  const signals = options.signals ? { signals: holdSignals({ terminal: true }) } : {};
  const left = Promise.withResolvers<number>();
  let shown: Promise<unknown> = Promise.resolve();
  const ended = exec({ ...ask, ...(size === undefined ? {} : { consoleSize: size }) }, ({ launched: { socket } }) => {
    if (socket === undefined) return;
    shown = attach({ monitor: { fd: socket }, detachKeys, interactive, ...signals }).then(({ how }) => {
      if (how !== "ended") left.resolve(how === "detached" ? 0 : HUNG_UP);
    });
  });
  try {
    const status = await Promise.race([ended.then(() => undefined), left.promise]);
    if (status === undefined) return await ended;
    await shown;
    if (status === 0) context.err("read escape sequence\n"); // docker's words
    return process.exit(status); // the launcher, our child, stays: it is the process's monitor now
  } finally {
    await shown; // the last output, and the terminal as it was
  }
}
