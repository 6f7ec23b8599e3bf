// Says what optional ops of a plan could not do.
import type { Compiled } from "../compile/request.ts";
import { opAt, opSentence, originOf } from "../launch/failure.ts";
import type { ReportRecord } from "../launch/records.ts";
import type { RuntimeContext } from "./context.ts";

/** Says what optional ops could not do. */
export function warnOfRecords(context: RuntimeContext, { plan }: Pick<Compiled, "plan">, records: readonly ReportRecord[]): void {
  for (const { kind, op, value } of records) {
    const failed = kind === "warned" ? opAt(plan, op) : undefined;
    if (failed !== undefined) context.warn(opSentence(originOf(failed), Number(value)));
  }
}
