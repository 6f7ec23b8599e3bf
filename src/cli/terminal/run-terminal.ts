// `run -t`: the container's terminal shown in this one.
import type { Engine } from "../../engine/engine.ts";
import { type RunRequest, run } from "../../engine/run.ts";
import { type CliContext, UsageError } from "../command.ts";
import { forwardSignals } from "../signals.ts";
import { attach } from "./attach-client.ts";
import { DEFAULT_DETACH_KEYS, parseDetachKeys } from "./detach-keys.ts";

/** Runs to the end of the container, or until the user leaves it with the detach keys: then the status is 0 and it goes on. */
export async function runInTerminal(engine: Engine, request: RunRequest, context: CliContext, keys = DEFAULT_DETACH_KEYS): Promise<number> {
  if (request.interactive && !process.stdin.isTTY)
    throw new UsageError("the input device is not a TTY: with -t, standard input must be a terminal");
  const detachKeys = parseDetachKeys(keys);
  const left = Promise.withResolvers<number>();
  let shown: Promise<unknown> = Promise.resolve();
  const ended = run(engine, request, (launched) => {
    if (!request.interactive) forwardSignals(launched);
    if (launched.socket === undefined) return;
    shown = attach({ fd: launched.socket, detachKeys, interactive: request.interactive }).then((end) => {
      if (end === "detached") left.resolve(0);
    });
  });
  const end = await Promise.race([
    ended.then((status) => ({ status, detached: false })),
    left.promise.then((status) => ({ status, detached: true })),
  ]);
  await shown; // the last output, and the terminal as it was
  if (end.detached) {
    context.err("\n");
    process.exit(end.status); // the launcher, our child, stays: it is the container's monitor now
  }
  return end.status;
}
