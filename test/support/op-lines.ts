// Ops as short text for the tests of the parts that make them: what `explain` prints, without numbers and origins.
import { explainPlan } from "../../src/kernel/plan/explain.ts";
import type { Op, Registers } from "../../src/kernel/plan/plan.ts";

/** One line an op: name, arguments, `-> result`, `[policy]`; registers by name alone. */
export function opLines(ops: readonly Op[], registers: Registers): string[] {
  const text = explainPlan({ sections: [{ name: "child", ops }], registers: registers.names });
  return text
    .split("\n")
    .slice(1, -1)
    .map((line) =>
      line
        .replace(/^ *\d+ +/, "")
        .replace(/ {2}# .*$/, "")
        .replaceAll(/\br\d+\(([^)]*)\)/g, "$1")
        .replaceAll(/ +/g, " ")
        .trimEnd(),
    );
}
