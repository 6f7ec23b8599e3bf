// What commands of several objects share: one after the other, what can be done is done, and the exit status tells of the rest.
import { TeuError } from "../../base/errors.ts";
import type { CliContext } from "../command.ts";

/** The exit status: 1 when one has failed. @param missing `ignore`: what is not there is as good as done */
export async function eachOf<T>(
  args: Iterable<T>,
  { context, missing }: { readonly context: CliContext; readonly missing?: "ignore" },
  work: (arg: T) => unknown,
): Promise<number> {
  let status = 0;
  for (const arg of args) {
    try {
      await work(arg);
    } catch (error) {
      if (!(error instanceof TeuError)) throw error;
      if (missing === "ignore" && error.code === "not-found") continue;
      context.err(`teu: ${error.message}\n`);
      status = 1;
    }
  }
  return status;
}
