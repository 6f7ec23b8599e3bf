import { expect, test } from "bun:test";
import { alignColumns, formatTable, LEAST_WIDTH } from "./table.ts";

test("columns are as wide as the longest cell and three more, ten at least", () => {
  expect(formatTable(["ID", "LAST"], [["a-rather-long-id", "x"]])).toBe("ID                 LAST\na-rather-long-id   x\n");
  expect(formatTable(["ID", "LAST"], [["a", "x"]])).toBe("ID        LAST\na         x\n");
});

test("runc's columns are twelve wide at least", () => {
  expect(formatTable(["ID", "LAST"], [["a", "x"]], LEAST_WIDTH.runc)).toBe("ID          LAST\na           x\n");
});

test("wide characters take two columns", () => {
  expect(
    formatTable(
      ["NAME", "SIZE"],
      [
        ["貨物コンテナ", "1B"],
        ["é", "2B"],
      ],
    ),
  ).toBe("NAME           SIZE\n貨物コンテナ   1B\né              2B\n");
});

test("a cell cannot move the cursor, break the line or turn the text", () => {
  expect(formatTable(["A"], [["\x1b[2J\n\u202ex\x9b"]])).toBe("A\n\\x1b[2J\\n\\u202ex\\x9b\n");
});

test("lines of different length align where they have cells", () => {
  expect(alignColumns([["a"], ["b", "c"], []])).toBe("a\nb         c\n\n");
});
