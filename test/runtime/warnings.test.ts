// What is merely worth knowing (runtime-spec config.md, "Linux Process", capabilities; runtime.md, "Warnings") goes to the log and is no noise.
import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { requires } from "../support/requires.ts";
import { withRoots } from "../support/roots.ts";
import { teuRuntime } from "../support/teu.ts";
import { container } from "./container.ts";

const { test } = requires("root", "busybox");

/** runc's and docker's old default: ambient capabilities that are not inheritable, and so cannot be ambient. */
const capabilities = { bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"], ambient: ["CAP_KILL"] } as const;
const WARNING = "process.capabilities.ambient: CAP_KILL cannot be granted: not in both the permitted and the inheritable set";

const rows: readonly { name: string; flags: readonly string[]; stderr: string; logged: boolean }[] = [
  { name: "is not shown", flags: [], stderr: "", logged: false },
  { name: "is logged where there is a log, and not shown", flags: ["--log"], stderr: "", logged: true },
  { name: "is shown with --debug", flags: ["--debug"], stderr: `teu-runtime: warning: ${WARNING}\n`, logged: false },
];

for (const { name, flags, stderr, logged } of rows) {
  test(`a warning ${name}`, () =>
    withRoots(async (roots) => {
      const { bundle, id } = await container({ roots, args: ["true"], process: { capabilities } });
      const log = roots.path("log");
      const globals = flags.flatMap((flag) => (flag === "--log" ? [flag, log] : [flag]));
      expect(await teuRuntime([...globals, "run", "--bundle", bundle, id], { roots })).toEqual({ status: 0, stdout: "", stderr });
      if (logged) expect(readFileSync(log, "utf8")).toContain(`level=warning msg=${JSON.stringify(WARNING)}`);
    }));
}

test("an error is shown and logged", () =>
  withRoots(async (roots) => {
    const { bundle, id } = await container({ roots, args: ["/nothing"] });
    const log = roots.path("log");
    const { status, stderr } = await teuRuntime(["--log", log, "run", "--bundle", bundle, id], { roots });
    expect(status).toBe(1);
    expect(stderr).toContain("/nothing");
    expect(readFileSync(log, "utf8")).toContain("level=error");
  }));
