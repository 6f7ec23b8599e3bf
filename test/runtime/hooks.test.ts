// Hooks: their order, what they are told, in which namespaces they run, and what a failing one does (runtime-spec config.md
// "POSIX-platform Hooks", runtime.md "Lifecycle").
import { expect } from "bun:test";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import type { HookKind, RuntimeConfig } from "../../src/spec/runtime/config.ts";
import { requires } from "../support/requires.ts";
import { type TestRoots, withRoots } from "../support/roots.ts";
import { eventually } from "../support/run.ts";
import { teuRuntime } from "../support/teu.ts";
import { container } from "./container.ts";

const { describe, test } = requires("root", "busybox");

const KINDS: readonly HookKind[] = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"];

/** Writes a line `KIND STATUS` of the state on stdin; inside the container the log is bind-mounted. */
function hookScript(roots: TestRoots): {
  readonly script: string;
  readonly log: string;
  readonly mount: NonNullable<RuntimeConfig["mounts"]>[number];
} {
  const [script, log] = [roots.path("hook"), roots.path("hooks.log")];
  writeFileSync(log, "");
  writeFileSync(
    script,
    `#!/bin/sh
     state=$(cat)
     status=\${state#*'"status":"'}
     pid=\${state#*'"pid":'}
     echo "$1 \${status%%'"'*} \${pid%%'}'*}" >>${log}
     test "$2" != fail\n`,
  );
  chmodSync(script, 0o755);
  return { script, log, mount: { destination: roots.directory, type: "bind", source: roots.directory, options: ["rbind", "rw"] } };
}

const withHooks = (config: RuntimeConfig, hooks: ReturnType<typeof hookScript>, failing?: HookKind): RuntimeConfig => ({
  ...config,
  mounts: [...(config.mounts ?? []), hooks.mount],
  hooks: Object.fromEntries(
    KINDS.map((kind) => [
      kind,
      [{ path: hooks.script, args: ["hook", kind, kind === failing ? "fail" : ""], env: ["PATH=/bin:/usr/bin"] }],
    ]),
  ),
});

const kindsIn = (log: string) =>
  readFileSync(log, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => line.split(" ").slice(0, 2).join(" "));

const IN_ORDER = [
  "prestart created",
  "createRuntime created",
  "createContainer created",
  "startContainer created",
  "poststart running",
  "poststop stopped",
];

describe("hooks", () => {
  test("run in the order of the life cycle, with the state of the container on stdin", () =>
    withRoots(async (roots) => {
      const hooks = hookScript(roots);
      const made = await container({ roots, args: ["sleep", "1000"], tweak: (config) => withHooks(config, hooks) });
      await made.must("create");
      expect(kindsIn(hooks.log)).toEqual(IN_ORDER.slice(0, 3));
      const { pid } = await made.state();
      await made.must("start");
      expect(kindsIn(hooks.log)).toEqual(IN_ORDER.slice(0, 5));
      // Inside the container the pid is the one that its pid namespace shows.
      const pids = readFileSync(hooks.log, "utf8")
        .split("\n")
        .filter(Boolean)
        .map((line) => Number(line.split(" ")[2]));
      expect(pids).toEqual([pid, pid, 1, 1, pid]);
      await made.must("delete", ["--force"]);
      expect(kindsIn(hooks.log)).toEqual(IN_ORDER);
    }));

  test("run once each in a foreground run", () =>
    withRoots(async (roots) => {
      const hooks = hookScript(roots);
      const made = await container({ roots, args: ["true"], tweak: (config) => withHooks(config, hooks) });
      await made.must("run");
      expect(kindsIn(hooks.log)).toEqual(IN_ORDER);
    }));

  for (const failing of KINDS.slice(0, 3)) {
    test(`a ${failing} hook that fails ends create: nothing is left, and poststop hooks run`, () =>
      withRoots(async (roots) => {
        const hooks = hookScript(roots);
        const made = await container({ roots, args: ["true"], tweak: (config) => withHooks(config, hooks, failing) });
        const { status, stderr } = await made.verb("create");
        expect([status, stderr]).toEqual([1, expect.stringContaining(`hooks.${failing}[0]`)]);
        expect(stderr).toContain("exited with status 1");
        const ran = IN_ORDER.slice(0, KINDS.indexOf(failing) + 1);
        expect(kindsIn(hooks.log)).toEqual([...ran, "poststop stopped"]);
        expect((await made.verb("state")).status).toBe(1);
      }));
  }

  for (const failing of ["startContainer", "poststart"] as const) {
    test(`a ${failing} hook that fails stops the container`, () =>
      withRoots(async (roots) => {
        const hooks = hookScript(roots);
        const made = await container({
          roots,
          args: ["sleep", "1000"],
          tweak: (config) => ({ ...withHooks(config, hooks, failing), ociVersion: "1.3.0" }),
        });
        await made.must("create");
        const { status, stderr } = await made.verb("start");
        expect([status, stderr]).toEqual([1, expect.stringContaining(`hooks.${failing}[0]`)]);
        await eventually("it has stopped", async () => (await made.state()).status === "stopped");
        await made.must("delete");
        expect(kindsIn(hooks.log).at(-1)).toBe("poststop stopped");
      }));
  }

  test("a poststart hook that fails is only warned of where the configuration is of a version that says so", () =>
    withRoots(async (roots) => {
      const hooks = hookScript(roots);
      const tweak = (config: RuntimeConfig) => ({ ...withHooks(config, hooks, "poststart"), ociVersion: "1.0.2" });
      const made = await container({ roots, args: ["sleep", "1000"], tweak });
      await made.must("create");
      expect(await teuRuntime(["--debug", "start", made.id], { roots })).toMatchObject({
        status: 0,
        stderr: expect.stringContaining("hooks.poststart[0]"),
      });
      expect((await made.state()).status).toBe("running");
      await made.must("delete", ["--force"]);
    }));

  test("a poststop hook that fails is warned of; the next one runs, and the container is gone", () =>
    withRoots(async (roots) => {
      const hooks = hookScript(roots);
      const poststop = ["fail", ""].map((how) => ({ path: hooks.script, args: ["hook", "poststop", how], env: ["PATH=/bin:/usr/bin"] }));
      const made = await container({ roots, args: ["true"], tweak: (config) => ({ ...config, hooks: { poststop } }) });
      const { status, stderr } = await teuRuntime(["--debug", "run", "--bundle", made.bundle, made.id], { roots });
      expect([status, stderr]).toEqual([0, expect.stringContaining("hooks.poststop[0]")]);
      expect(kindsIn(hooks.log)).toEqual(["poststop stopped", "poststop stopped"]);
    }));

  test("one that takes longer than its timeout is ended, with what it started", () =>
    withRoots(async (roots) => {
      const slow = { path: "/bin/sh", args: ["sh", "-c", `sleep 1000 & echo ${roots.mark}; wait`], timeout: 1 };
      const made = await container({ roots, args: ["true"], tweak: (config) => ({ ...config, hooks: { createRuntime: [slow] } }) });
      expect(await made.verb("create")).toMatchObject({ status: 1, stderr: expect.stringContaining("hooks.createRuntime[0]") });
    }));
});
