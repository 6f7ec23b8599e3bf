// What is merely worth knowing (runtime-spec config.md, "Linux Process", capabilities; runtime.md, "Warnings") goes to the log and is no noise.
import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { requires } from "../support/requires.ts";
import { withRoots } from "../support/roots.ts";
import { teuRuntime } from "../support/teu.ts";
import { container } from "./container.ts";

const { test } = requires("root", "busybox");

/** Read, and said so: a configuration of before version 1.0. */
const OLD = "0.9.0";
const WARNING = /ociVersion: 0\.9\.0 is older than 1\.0/;

const rows: readonly { name: string; flags: readonly string[]; shown: boolean; logged: boolean }[] = [
  { name: "is shown where there is no log", flags: [], shown: true, logged: false },
  { name: "is logged where there is a log, and not shown", flags: ["--log"], shown: false, logged: true },
  { name: "is logged and shown with --debug", flags: ["--debug", "--log"], shown: true, logged: true },
];

for (const { name, flags, shown, logged } of rows) {
  test(`a warning ${name}`, () =>
    withRoots(async (roots) => {
      const { bundle, id } = await container({ roots, args: ["true"], tweak: (config) => ({ ...config, ociVersion: OLD }) });
      const log = roots.path("log");
      const globals = flags.flatMap((flag) => (flag === "--log" ? [flag, log] : [flag]));
      const { status, stderr } = await teuRuntime([...globals, "run", "--bundle", bundle, id], { roots });
      expect([status, WARNING.test(stderr)]).toEqual([0, shown]);
      if (logged) expect(readFileSync(log, "utf8")).toMatch(WARNING);
    }));
}

test("ambient capabilities that are not inheritable, as in runc's and docker's old defaults, are no reason to speak", () =>
  withRoots(async (roots) => {
    const kill = ["CAP_KILL"] as const;
    const capabilities = { bounding: kill, effective: kill, permitted: kill, ambient: kill };
    const { verb } = await container({ roots, args: ["true"], process: { capabilities } });
    expect(await verb("run")).toEqual({ status: 0, stdout: "", stderr: "" });
  }));

test("an error is shown and logged", () =>
  withRoots(async (roots) => {
    const { bundle, id } = await container({ roots, args: ["/nothing"] });
    const log = roots.path("log");
    const { status, stderr } = await teuRuntime(["--log", log, "run", "--bundle", bundle, id], { roots });
    expect(status).toBe(1);
    expect(stderr).toContain("/nothing");
    expect(readFileSync(log, "utf8")).toContain("level=error");
  }));
