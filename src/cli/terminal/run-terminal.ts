// `run -t`: the container's terminal shown in this one.
import type { Engine } from "../../engine/engine.ts";
import { run } from "../../engine/run.ts";
import type { RunRequest } from "../../engine/run-request.ts";
import type { Launched } from "../../kernel/launch/launcher.ts";
import type { Prepared } from "../../kernel/state/prepared.ts";
import { type CliContext, UsageError } from "../command.ts";
import { holdSignals } from "../signals.ts";
import { attach } from "./attach-client.ts";
import { DEFAULT_DETACH_KEYS, parseDetachKeys } from "./detach-keys.ts";
import { isTerminal, windowSize } from "./tty.ts";

export interface TerminalOptions {
  readonly context: CliContext;
  /** As people write them: `ctrl-p,ctrl-q`. */
  readonly detachKeys: string | undefined;
  /** Hand signals on to the container. */
  readonly signals: boolean;
  /** Called once the launcher runs. */
  attend?(launched: Launched, prepared: Prepared): void;
}

/** 128 + SIGHUP: what a shell says of a program that the end of its terminal ended. */
const HUNG_UP = 129;

/** Runs to the end of the container, or until the user leaves it: with the detach keys (status 0), or because the terminal has gone. */
export async function runInTerminal(engine: Engine, request: RunRequest, options: TerminalOptions): Promise<number> {
  const { interactive, container } = request;
  if (interactive && !isTerminal(0)) throw new UsageError("the input device is not a TTY: with -t, standard input must be a terminal");
  const detachKeys = parseDetachKeys(options.detachKeys ?? DEFAULT_DETACH_KEYS);
  const size = windowSize(1);
  const sized = size === undefined ? request : { ...request, container: { ...container, consoleSize: size } };
  const signals = options.signals ? { signals: holdSignals({ terminal: true }) } : {};
  const left = Promise.withResolvers<number>();
  let shown: Promise<unknown> = Promise.resolve();
  const ended = run(engine, sized, (launched, prepared) => {
    options.attend?.(launched, prepared);
    if (launched.socket === undefined) return;
    shown = attach({ monitor: { fd: launched.socket }, detachKeys, interactive, ...signals }).then(({ how }) => {
      if (how !== "ended") left.resolve(how === "detached" ? 0 : HUNG_UP);
    });
  });
  try {
    const status = await Promise.race([ended.then(() => undefined), left.promise]);
    if (status === undefined) return await ended;
    await shown;
    if (status === 0) options.context.err("\n");
    return process.exit(status); // the launcher, our child, stays: it is the container's monitor now
  } finally {
    await shown; // the last output, and the terminal as it was
  }
}
