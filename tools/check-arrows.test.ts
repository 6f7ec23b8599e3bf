import { describe, expect, test } from "bun:test";
import { cycles, importsOf, judgeArrow, judgeArrows, UNITS } from "./check-arrows.ts";

describe("import directions", () => {
  const ROWS = [
    { name: "down a level is fine", from: "src/kernel/plan/ops.ts", to: "src/base/errno.ts", want: undefined },
    { name: "within a unit is fine", from: "src/engine/run.ts", to: "src/engine/images/find.ts", want: undefined },
    { name: "up is refused", from: "src/base/ids.ts", to: "src/spec/mount.ts", want: "up" },
    { name: "sideways is refused", from: "src/network/ipam.ts", to: "src/volumes/local.ts", want: "sideways" },
    { name: "a part of kernel does not know another part", from: "src/kernel/mounts/a.ts", to: "src/kernel/cgroup/b.ts", want: "sideways" },
    { name: "compile knows the parts", from: "src/kernel/compile/a.ts", to: "src/kernel/cgroup/v1/b.ts", want: undefined },
    { name: "a part does not know compile", from: "src/kernel/mounts/a.ts", to: "src/kernel/compile/b.ts", want: "up" },
    { name: "compile does not know launch", from: "src/kernel/compile/a.ts", to: "src/kernel/launch/b.ts", want: "up" },
    { name: "the probe does not know the plan", from: "src/kernel/probe/a.ts", to: "src/kernel/plan/ops.ts", want: "sideways" },
    { name: "an API does not know the command line", from: "src/apis/docker/a.ts", to: "src/cli/b.ts", want: "up" },
    { name: "the command line embeds built files", from: "src/cli/run.ts", to: "bin/hello", want: undefined },
    { name: "nothing else does", from: "src/kernel/launch/a.ts", to: "bin/teu-launcher", want: "up" },
    { name: "nobody imports the launcher's sources", from: "src/cli/a.ts", to: "launcher/ops.gen.h", want: "no unit" },
    { name: "a file outside every unit is refused", from: "src/utils/a.ts", to: "src/base/b.ts", want: "no unit" },
    { name: "the product does not know its tests' helpers", from: "src/cli/a.ts", to: "test/support/b.ts", want: "up" },
    { name: "a test beside its source may", from: "src/cli/a.test.ts", to: "test/support/b.ts", want: undefined },
    { name: "and what tests share there may", from: "src/cli/a.test-support.ts", to: "test/support/b.ts", want: undefined },
    { name: "a test does not import up either", from: "src/base/a.test.ts", to: "src/cli/b.ts", want: "up" },
  ];
  for (const { name, from, to, want } of ROWS) {
    test(name, () => {
      const verdict = judgeArrow(from, to);
      if (want === undefined) expect(verdict).toBeUndefined();
      else expect(verdict).toContain(want);
    });
  }
  test("no folder stands in the table twice", () => {
    expect(new Set(UNITS.map(({ folder }) => folder)).size).toBe(UNITS.length);
  });
});

describe("reading imports", () => {
  const ROWS = [
    { name: "a plain import", text: 'import { a } from "./b.ts";', want: ["src/base/b.ts"] },
    { name: "an import over several lines", text: 'import {\n  a,\n  type C,\n} from "../spec/c.ts";', want: ["src/spec/c.ts"] },
    { name: "a type import", text: 'import type { A } from "./b.ts";', want: ["src/base/b.ts"] },
    { name: "a re-export", text: 'export { a } from "./b.ts";', want: ["src/base/b.ts"] },
    { name: "an import for its effect", text: 'import "./b.ts";', want: ["src/base/b.ts"] },
    { name: "an import at run time", text: 'const { a } = await import("./b.ts");', want: ["src/base/b.ts"] },
    { name: "packages and node's modules are left out", text: 'import "yaml";\nimport { join } from "node:path";', want: [] },
    { name: "an export of its own is none", text: 'export const from = "./b.ts";', want: [] },
  ];
  for (const { name, text, want } of ROWS) test(name, () => expect(importsOf({ path: "src/base/a.ts", text })).toEqual(want));
});

describe("import cycles", () => {
  test("a cycle is told once, along its path", () => {
    const graph = new Map(Object.entries({ a: ["b"], b: ["c"], c: ["b"], d: ["b"] }));
    expect(cycles(graph)).toEqual([["b", "c", "b"]]);
  });
  test("two ways to one file are no cycle", () => {
    expect(cycles(new Map(Object.entries({ a: ["b", "c"], b: ["d"], c: ["d"], d: [] })))).toEqual([]);
  });
  test("a cycle between two files of one unit is refused", () => {
    const files = [
      { path: "src/base/a.ts", text: 'import { b } from "./b.ts";' },
      { path: "src/base/b.ts", text: 'import type { a } from "./a.ts";' },
    ];
    expect(judgeArrows(files)).toEqual(["import cycle: src/base/a.ts -> src/base/b.ts -> src/base/a.ts"]);
  });
});
