// What commands of several containers share: one after the other, what can be done is done, and the exit status tells of the rest. As docker
// does, the words that people wrote go to standard output when they are done.
import { TeuError } from "../../base/errors.ts";
import type { ContainerRow } from "../../containers/state/rows.ts";
import { findContainer } from "../../engine/containers/find.ts";
import type { Engine } from "../../engine/engine.ts";
import type { CliContext } from "../command.ts";

export interface EachOptions {
  readonly args: readonly string[];
  readonly context: CliContext;
  readonly missing?: "ignore";
  readonly find?: typeof findContainer;
  /** All at once: each takes its time. */
  readonly together?: boolean;
}

/** The exit status: 1 when one has failed. */
export async function eachContainer(
  engine: Engine,
  { args, context, missing, find = findContainer, together = false }: EachOptions,
  // Text that it returns is printed in place of what people wrote.
  work: (row: ContainerRow) => unknown,
): Promise<number> {
  let status = 0;
  const begin = async (text: string) => {
    const said = await work(find(engine, text));
    return typeof said === "string" ? said : text;
  };
  const begun = together ? args.map(begin) : [];
  for (const each of begun) each.catch(() => {}); // told of below, in their order
  for (const [at, text] of args.entries()) {
    try {
      context.out(`${await (begun[at] ?? begin(text))}\n`);
    } catch (error) {
      if (!(error instanceof TeuError)) throw error;
      if (missing === "ignore" && error.code === "not-found") continue;
      context.err(`teu: ${error.message}\n`);
      status = 1;
    }
  }
  return status;
}
