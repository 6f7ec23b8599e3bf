// What commands of several containers share: one after the other, what can be done is done, and the exit status tells of the rest. As docker
// does, the words that people wrote go to standard output when they are done.
import type { ContainerRow } from "../../containers/state/rows.ts";
import { findContainer } from "../../engine/containers/find.ts";
import type { Engine } from "../../engine/engine.ts";
import type { CliContext } from "../command.ts";
import { eachOf } from "./each.ts";

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
  const begin = async (text: string) => {
    const said = await work(find(engine, text));
    return typeof said === "string" ? said : text;
  };
  const begun = together ? args.map(begin) : [];
  for (const each of begun) each.catch(() => {}); // told of below, in their order
  return eachOf(args.entries(), { context, ...(missing && { missing }) }, async ([at, text]) =>
    context.out(`${await (begun[at] ?? begin(text))}\n`),
  );
}
