import { describe, expect, test } from "bun:test";
import { wronglySkipped } from "./must-run.ts";

describe("tests that must run", () => {
  const mustRun = ["test/peers/", "test/run.test.ts"];
  const ROWS = [
    { name: "a skipped test in a folder of the list is wrong", file: "test/peers/podman.test.ts", want: 1 },
    { name: "a skipped test in a file of the list is wrong", file: "test/run.test.ts", want: 1 },
    { name: "a skipped test elsewhere is not", file: "test/cgroup/v2.test.ts", want: 0 },
    { name: "a file's name is not a prefix", file: "test/run.test.tsx", want: 0 },
  ];
  for (const row of ROWS) {
    test(row.name, () => expect(wronglySkipped([{ file: row.file, name: "x" }], mustRun)).toHaveLength(row.want));
  }
});
