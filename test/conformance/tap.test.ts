import { describe, expect, test } from "bun:test";
import { judgeTap } from "./tap.ts";

const HEAD = "TAP version 13\n";

describe("the verdict on a program's TAP output", () => {
  const ROWS: readonly {
    name: string;
    stdout: string;
    status?: number;
    silent?: boolean;
    inverted?: string;
    problems: readonly string[];
  }[] = [
    { name: "as many ok as planned pass", stdout: `${HEAD}ok 1 - a\nok 2 - b\n1..2\n`, problems: [] },
    { name: "an assertion that fails is named", stdout: `${HEAD}ok 1 - a\nnot ok 2 - b\n1..2\n`, problems: ["not ok 2 - b"] },
    { name: "fewer than planned fail", stdout: `${HEAD}ok 1 - a\n1..2\n`, problems: ["2 planned, 1 made"] },
    { name: "no plan fails", stdout: `${HEAD}ok 1 - a\n`, problems: ["0 plans"] },
    { name: "two plans fail", stdout: `${HEAD}ok 1 - a\n1..1\n1..0\n`, problems: ["2 plans"] },
    { name: "no output at all fails", stdout: "", problems: ["0 plans"] },
    { name: "no output passes where success is silent", stdout: "", silent: true, problems: [] },
    { name: "a silent program that speaks is judged by what it says", stdout: "not ok 1\n1..1\n", silent: true, problems: ["not ok 1"] },
    {
      name: "an exit status fails, whatever was printed",
      stdout: `${HEAD}ok 1\n1..1\n`,
      status: 1,
      problems: ["exit status 1: last words"],
    },
    { name: "a plan of nothing passes", stdout: `${HEAD}1..0\n`, problems: [] },
    {
      name: "a plan of nothing beside an error fails",
      stdout: `${HEAD}  ---\n  {\n    "error": "hooks MUST be called"\n  }\n  ...\n1..0\n`,
      problems: ["hooks MUST be called"],
    },
    { name: "the error block of an assertion that is ok is detail", stdout: `${HEAD}ok 1\n  ---\n    "error": "x"\n1..1\n`, problems: [] },
    { name: "an inverted assertion has to be not ok", stdout: `${HEAD}not ok 1 - MUST fail\n1..1\n`, inverted: "MUST fail", problems: [] },
    {
      name: "and is a problem when it is ok",
      stdout: `${HEAD}ok 1 - MUST fail\n1..1\n`,
      inverted: "MUST fail",
      problems: ["ok 1 - MUST fail"],
    },
    { name: "bailing out fails", stdout: `${HEAD}Bail out! no bundle\n1..0\n`, problems: ["Bail out! no bundle"] },
  ];
  for (const row of ROWS) {
    test(row.name, () => {
      const verdict = judgeTap({ status: row.status ?? 0, stdout: row.stdout, stderr: "first\nlast words\n" }, row);
      expect(verdict.problems).toEqual([...row.problems]);
      expect(verdict.passed).toBe(row.problems.length === 0);
    });
  }
});
