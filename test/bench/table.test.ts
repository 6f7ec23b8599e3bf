import { expect, test } from "bun:test";
import { table } from "./table.ts";

test("a table has a row for each contender and a ratio for each peer that was measured", () => {
  const summary = (median: number) => ({ median, p10: median, p90: median, samples: 9 });
  const text = table({
    title: "run /bin/true",
    unit: "ms",
    against: ["crun", "runc"],
    rows: [
      { name: "teu", summary: summary(8) },
      { name: "crun", summary: summary(10) },
      { name: "runc", missing: "not in PATH" },
    ],
  });
  expect(text).toBe(
    [
      "run /bin/true",
      "        median ms    p10    p90  n  / crun  / runc",
      "  teu        8.00   8.00   8.00  9   0.80×       -",
      "  crun      10.00  10.00  10.00  9   1.00×       -",
      "  runc  missing: not in PATH",
    ].join("\n"),
  );
});
