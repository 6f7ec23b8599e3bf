// A container's terminal, shown in this one, from its start on.
import type { Attend } from "../../engine/containers/life/attended.ts";
import type { Attendance } from "../../engine/containers/life/launch.ts";
import { type CliContext, UsageError } from "../command.ts";
import { WRONG_CALL } from "../flag-values.ts";
import { holdSignals } from "../signals.ts";
import { attach } from "./attach-client.ts";
import { DEFAULT_DETACH_KEYS, parseDetachKeys } from "./detach-keys.ts";
import { isTerminal, windowSize } from "./tty.ts";

export interface StayOptions {
  readonly context: CliContext;
  /** The container has a terminal. */
  readonly terminal: boolean;
  /** Standard input goes to it. */
  readonly interactive: boolean;
  /** As people write them: `ctrl-p,ctrl-q`. */
  readonly detachKeys: string | undefined;
  /** Hand signals on to the container. */
  readonly signals: boolean;
}

/** What a start takes of whoever stays. */
export type Stay = Pick<Attendance, "consoleSize"> & { readonly attend: Attend };

/** 128 + SIGHUP: what a shell says of a program that the end of its terminal ended. */
const HUNG_UP = 129;

/** As `stay`, for a container with a terminal. */
export async function stayInTerminal(options: StayOptions, start: (stay: Stay) => Promise<number>): Promise<number> {
  const { interactive } = options;
  if (interactive && !isTerminal(0))
    throw new UsageError("the input device is not a TTY: with -t, standard input must be a terminal", WRONG_CALL);
  const detachKeys = parseDetachKeys(options.detachKeys ?? DEFAULT_DETACH_KEYS);
  const size = windowSize(1);
  const signals = options.signals ? { signals: holdSignals({ terminal: true }) } : {};
  const left = Promise.withResolvers<number>();
  let shown: Promise<unknown> = Promise.resolve();
  const ended = start({
    ...(size === undefined ? {} : { consoleSize: size }),
    attend: ({ socket }) => {
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
    if (status === 0) options.context.err("\n");
    return process.exit(status); // the launcher, our child, stays: it is the container's monitor now
  } finally {
    await shown; // the last output, and the terminal as it was
  }
}
