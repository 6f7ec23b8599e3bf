import { describe, expect, test } from "bun:test";
import { processTable } from "./process-table.ts";
import { tableOf } from "./top.ts";

describe("the output of ps", () => {
  const output = "UID          PID    PPID CMD\nroot           7       1 sleep  1000\nroot          70       1 sh -c a  b\nroot 8 7 x\n";
  test("is cut to the container's processes, and to as many fields as headings", () => {
    expect(tableOf(output, [7, 8])).toEqual({
      titles: ["UID", "PID", "PPID", "CMD"],
      rows: [
        ["root", "7", "1", "sleep 1000"],
        ["root", "8", "7", "x"],
      ],
    });
  });
  test("is refused without a column PID", () => {
    expect(() => tableOf("UID CMD\nroot 7\n", [7])).toThrow("ps: its output has no column PID; ask for one");
  });
});

describe("without ps", () => {
  test("a process is shown from /proc", () => {
    const { titles, rows } = processTable([process.pid, 2 ** 30], []);
    expect(rows).toHaveLength(1);
    const row = Object.fromEntries(titles.map((title, at) => [title, rows[0]?.[at]]));
    expect(row).toMatchObject({ UID: String(process.getuid?.()), PID: String(process.pid), PPID: String(process.ppid) });
    expect(row.TIME).toMatch(/^\d\d:\d\d:\d\d$/);
    expect(row.CMD).toContain("bun");
  });
  test("its options are refused", () => expect(() => processTable([1], ["-o", "pid"])).toThrow("which this host does not have"));
});
