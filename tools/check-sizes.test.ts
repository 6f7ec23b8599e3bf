import { describe, expect, test } from "bun:test";
import { countLines, judgeSizes } from "./check-sizes.ts";

const file = (path: string, lines: number) => ({ path, text: "x\n".repeat(lines) });

describe("file sizes", () => {
  const ROWS = [
    { name: "400 lines pass without a word", lines: 400, refused: 0, listed: 0 },
    { name: "401 lines are listed", lines: 401, refused: 0, listed: 1 },
    { name: "600 lines are listed", lines: 600, refused: 0, listed: 1 },
    { name: "601 lines are refused", lines: 601, refused: 1, listed: 0 },
  ];
  for (const row of ROWS) {
    test(row.name, () => {
      const { refused, listed } = judgeSizes([file("src/a.ts", row.lines)]);
      expect([refused.length, listed.length]).toEqual([row.refused, row.listed]);
    });
  }
  test("the longest file comes first", () => {
    expect(judgeSizes([file("b", 700), file("a", 900)]).refused[0]).toStartWith("a: 900 lines");
  });
  test("a last line without its end counts", () => {
    expect(["", "a", "a\n", "a\nb"].map(countLines)).toEqual([0, 1, 1, 2]);
  });
});
