// `run -t`: the container's terminal shown in this one.
import type { Engine } from "../../engine/engine.ts";
import { type RunRequest, run } from "../../engine/run.ts";
import { type CliContext, UsageError } from "../command.ts";
import { forwardSignals } from "../signals.ts";
import { type AttachEnd, attach } from "./attach-client.ts";
import { DEFAULT_DETACH_KEYS, parseDetachKeys } from "./detach-keys.ts";

/** Runs to the end of the container, or until the user leaves it with the detach keys: then the status is 0 and it goes on. */
export async function runInTerminal(engine: Engine, request: RunRequest, context: CliContext, keys = DEFAULT_DETACH_KEYS): Promise<number> {
  if (request.interactive && !process.stdin.isTTY)
    throw new UsageError("the input device is not a TTY: with -t, standard input must be a terminal");
  const detachKeys = parseDetachKeys(keys);
  const left = Promise.withResolvers<number>();
  const ended = run(engine, request, ({ socket, ...launched }) => {
    if (!request.interactive) forwardSignals({ socket, ...launched });
    if (socket === undefined) return;
    void attach({ fd: socket, detachKeys, interactive: request.interactive }).then((end: AttachEnd) => {
      if (end === "detached") left.resolve(0);
    });
  });
  const status = await Promise.race([ended, left.promise]);
  if (await isPending(ended)) {
    context.err("\n");
    process.exit(status); // the launcher, our child, stays: it is the container's monitor now
  }
  return status;
}

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol("pending");
  return (await Promise.race([promise, Promise.resolve(pending)])) === pending;
}
