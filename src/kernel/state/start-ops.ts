// The origins of the ops that run at `start`, kept beside the container: that command has no plan, and still says what failed.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Compiled } from "../compile/request.ts";
import { type OpOrigin, originOf } from "../launch/failure.ts";
import { writeWhole } from "./record.ts";

const FILE = "start-ops";

interface StartOps {
  /** Index, over all sections of the plan, of the first. */
  readonly first: number;
  readonly ops: readonly OpOrigin[];
}

export function writeStartOps(dir: string, { plan, startsAt }: Compiled): void {
  const kept: StartOps = {
    first: startsAt,
    ops: plan.sections
      .flatMap(({ ops }) => ops)
      .slice(startsAt)
      .map(originOf),
  };
  writeWhole(join(dir, FILE), JSON.stringify(kept));
}

/** Looks up an op by its index in the report. */
export function readStartOps(dir: string): (index: number) => OpOrigin | undefined {
  const { first, ops } = JSON.parse(readFileSync(join(dir, FILE), "utf8")) as StartOps; // written by writeStartOps alone, mode 0600
  return (index) => ops[index - first];
}
