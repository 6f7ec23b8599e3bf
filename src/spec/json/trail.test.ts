import { describe, expect, test } from "bun:test";
import { fieldPath, type Step, Trail } from "./trail.ts";

describe("fieldPath", () => {
  const rows: { name: string; steps: Step[]; want: string }[] = [
    { name: "calls the whole document so", steps: [], want: "document" },
    {
      name: "joins names with dots and indices in brackets",
      steps: ["linux", "seccomp", "syscalls", 3, "args", 0, "op"],
      want: "linux.seccomp.syscalls[3].args[0].op",
    },
    {
      name: "quotes names that are no identifiers",
      steps: ["linux", "sysctl", "net.ipv4.ip_forward"],
      want: 'linux.sysctl["net.ipv4.ip_forward"]',
    },
    { name: "starts with an index where the document is an array", steps: [0, "a"], want: "[0].a" },
  ];
  for (const { name, steps, want } of rows) test(name, () => expect(fieldPath(steps)).toBe(want));
});

test("a trail puts what was noted inside under each step on the way out, and leaves earlier notes alone", () => {
  const trail = new Trail({ mayHoldNul: false });
  trail.refuse("first");
  trail.refuse("second", "c", 2);
  trail.under("b", 1);
  trail.under("a", 1);
  trail.warn("third");
  expect(trail.problems).toEqual([
    { field: "document", message: "first" },
    { field: "a.b.c[2]", message: "second" },
  ]);
  expect(trail.warnings).toEqual([{ field: "document", message: "third" }]);
});
