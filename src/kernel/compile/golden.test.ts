// Golden plans: each configuration of testdata/ on the host that it names compiles to exactly the plan beside it, and each of
// testdata-negative/ is refused with exactly the sentence beside it. UPDATE_GOLDENS=1 rewrites them; the diff is what is reviewed.
import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodePlan } from "../plan/encode.ts";
import { explainPlan } from "../plan/explain.ts";
import { caseNames, compileCase, TESTDATA, TESTDATA_NEGATIVE } from "./golden-cases.fixture.ts";

const UPDATE = process.env.UPDATE_GOLDENS === "1";

function expectGolden(path: string, text: string): void {
  if (UPDATE) writeFileSync(path, text);
  expect(text).toBe(readFileSync(path, "utf8"));
}

function refusal(name: string): string {
  try {
    compileCase(TESTDATA_NEGATIVE, name);
  } catch (error) {
    if (error instanceof Error) return `${error.name}: ${error.message}\n`;
  }
  throw new Error(`${name} was not refused`);
}

describe("the plan of", () => {
  for (const name of caseNames(TESTDATA)) {
    test(name, () => {
      const { plan, warnings } = compileCase(TESTDATA, name);
      expectGolden(join(TESTDATA, name, "plan.txt"), explainPlan(plan) + warnings.map((warning) => `warning: ${warning}\n`).join(""));
    });

    test(`${name} is the same each time, fits the wire form, and says where start begins`, () => {
      const { request, plan, startsAt } = compileCase(TESTDATA, name);
      expect(encodePlan(plan)).toEqual(encodePlan(compileCase(TESTDATA, name).plan));
      const ops = plan.sections.flatMap((section) => section.ops);
      const accepted = ops.findIndex(({ name: op }) => op === "acceptStart") + 1;
      if (startsAt !== undefined && request.keeper === "create") expect(startsAt).toBe(accepted);
      else expect(accepted).toBe(0);
    });
  }
});

describe("refused:", () => {
  for (const name of caseNames(TESTDATA_NEGATIVE)) {
    test(name, () => expectGolden(join(TESTDATA_NEGATIVE, name, "error.txt"), refusal(name)));
  }
});
