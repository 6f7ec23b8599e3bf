// Ctrl-C and SIGTERM in commands that leave something to go on from: what runs is ended in order, so that it is left as such. The second
// signal ends the program at once, as if nobody listened.
import { TeuError } from "../base/errors.ts";
import { SIGNALS } from "../kernel/tables/signals.ts";
import type { CliContext } from "./command.ts";

const ENDING = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs what can be interrupted; 128 + n is the exit status then, as a shell tells it of a program that signal n ended, and docker of itself.
 * @param left what the interruption leaves, for the message
 */
export async function interruptible(context: CliContext, left: string, work: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const controller = new AbortController();
  let status: number | undefined;
  const handlers = ENDING.map((name) => {
    const handler = () => {
      status ??= 128 + SIGNALS[name];
      controller.abort(new TeuError("unavailable", `interrupted by ${name}`));
    };
    process.once(name, handler);
    return { name, handler };
  });
  try {
    return await work(controller.signal);
  } catch (error) {
    if (status === undefined) throw error;
    context.err(`teu: interrupted; ${left}\n`);
    return status;
  } finally {
    for (const { name, handler } of handlers) process.off(name, handler);
  }
}
