import { describe, expect, test } from "bun:test";
import { reservedCalls } from "./check-calls.ts";

describe("reserved calls", () => {
  const ROWS = [
    { name: "the environment in the kernel is refused", path: "src/kernel/a.ts", text: "const home = process.env.HOME;", want: 1 },
    { name: "Bun's name for the environment too", path: "src/base/a.ts", text: "Bun.env.HOME", want: 1 },
    { name: "an import of env too", path: "src/base/a.ts", text: 'import { argv, env } from "node:process";', want: 1 },
    { name: "the command line may read it", path: "src/cli/main.ts", text: "process.env.HOME", want: 0 },
    { name: "a comment may speak of it", path: "src/base/a.ts", text: "// never process.env here", want: 0 },
    { name: "a test may read it", path: "src/kernel/a.test.ts", text: "process.env.TEU_SHARED", want: 0 },
    {
      name: "the container's process has an environment too",
      path: "src/kernel/a.ts",
      text: "const f = (process: Process) => process.env ?? [];",
      want: 0,
    },
    { name: "a field of that name is something else", path: "src/spec/a.ts", text: "config.process.environment", want: 0 },
    {
      name: "a process started by the engine is refused",
      path: "src/engine/a.ts",
      text: 'import { spawn } from "node:child_process";',
      want: 1,
    },
    { name: "Bun.spawn too", path: "src/image/a.ts", text: "await Bun.spawn(argv).exited", want: 1 },
    { name: "kernel/launch may start processes", path: "src/kernel/launch/start.ts", text: "Bun.spawn(argv)", want: 0 },
  ];
  for (const { name, want, ...file } of ROWS) test(name, () => expect(reservedCalls([file])).toHaveLength(want));

  test("the report names file and line", () => {
    expect(reservedCalls([{ path: "src/base/a.ts", text: "\n\nprocess.env" }])[0]).toStartWith("src/base/a.ts:3: ");
  });
});
