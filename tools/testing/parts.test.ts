import { describe, expect, test } from "bun:test";
import { filesOf, PARTS, partOf, select } from "./parts.ts";

const FILES = [
  "src/base/ids.test.ts",
  "tools/check-sizes.test.ts",
  "test/run.test.ts",
  "test/cgroup/memory.test.ts",
  "test/peers/podman.test.ts",
  "test/faults/images/killed.test.ts",
  "test/faults/killed.test.ts",
];
const names = (args: readonly string[]) => select(args, FILES).parts.map((part) => part.name);

describe("selecting parts of the suite", () => {
  const ROWS = [
    { name: "no argument runs every part", args: [], want: PARTS.map((part) => part.name) },
    { name: "a part's name runs that part", args: ["unit"], want: ["unit"] },
    { name: "two parts run both, in the suite's order", args: ["kernel", "unit"], want: ["unit", "kernel"] },
    { name: "a piece of a path runs the part it is in", args: ["podman"], want: ["peers"] },
    { name: "a piece of a path within a named part narrows it", args: ["kernel", "memory"], want: ["kernel"] },
    { name: "a name that matches nothing runs nothing", args: ["no-such"], want: [] },
  ] as const;
  for (const row of ROWS) test(row.name, () => expect(names(row.args)).toEqual([...row.want]));

  test("a file below test/ belongs to the part with the nearest folder", () => {
    expect(FILES.map((file) => partOf(file)?.name)).toEqual(["unit", "unit", "kernel", "kernel", "peers", "images", "kernel"]);
  });
  test("a piece of a path leaves the part's other files out", () => {
    const selection = select(["memory"], FILES);
    const [part] = selection.parts;
    expect(part === undefined ? [] : filesOf(part, selection, FILES)).toEqual(["test/cgroup/memory.test.ts"]);
  });
});
