// A run that is ended by a signal before its program runs leaves nothing: the launcher takes back what it did (runtime.md, "Lifecycle", step 3).
import { expect } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { requires } from "../support/requires.ts";
import { withRoots } from "../support/roots.ts";
import { eventually, start } from "../support/run.ts";
import { reachable } from "../support/teu.ts";
import { container } from "./container.ts";

const { test } = requires("root", "busybox");

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  test(`${signal} while a hook runs`, () =>
    withRoots(async (roots) => {
      const mark = roots.path("began");
      const args = ["sh", "-c", `touch ${mark}; sleep 1000`];
      const hooks = { createRuntime: [{ path: "/bin/sh", args, env: ["PATH=/usr/bin:/bin"] }] };
      const { bundle, id } = await container({ roots, args: ["echo", "ran"], tweak: (config) => ({ ...config, hooks }) });
      const root = join(roots.runRoot, "runtime");
      const running = start([await reachable("teu-runtime"), "--root", root, "run", "--bundle", bundle, id]);
      await eventually("the hook to run", () => existsSync(mark));
      running.kill(signal);
      expect(await running.exited).toBe(1);
      expect(running.stdout()).toBe("");
      expect(running.stderr()).toContain("hooks.createRuntime[0]: interrupted by a signal (EINTR)");
      expect(readdirSync(root)).toEqual([]);
      running.dispose();
      // withRoots refuses processes, mounts and cgroups that are left.
    }));
}
