// `run` of a configuration that was run before takes the plan that was kept, and gives the same container under another id.
import { expect } from "bun:test";
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { requires } from "../support/requires.ts";
import { withRoots } from "../support/roots.ts";
import { teuRuntime } from "../support/teu.ts";
import { container } from "./container.ts";

const { describe, test } = requires("root", "busybox");

describe("a second run", () => {
  test("of the same bundle uses the plan of the first, under its own id", () =>
    withRoots(async (roots) => {
      // The cgroup is named by the id only where the configuration names none.
      const made = await container({
        roots,
        args: ["cat", "/proc/self/cgroup"],
        tweak: ({ linux: { cgroupsPath: _named, namespaces, ...linux } = {}, ...config }) => ({
          ...config,
          linux: { ...linux, namespaces: (namespaces ?? []).filter(({ type }) => type !== "cgroup") },
        }),
      });
      const run = (id: string) => teuRuntime(["run", "--bundle", made.bundle, id], { roots, env: { TEU_RUN_ROOT: roots.runRoot } });
      const plans = () => readdirSync(join(roots.runRoot, "cache")).filter((name) => !name.endsWith(".bpf"));
      const first = await run(roots.id("one"));
      const [plan = ""] = plans();
      const written = statSync(join(roots.runRoot, "cache", plan)).mtimeMs;
      const second = await run(roots.id("two"));
      expect([first.status, second.status, plans()]).toEqual([0, 0, [plan]]);
      expect(statSync(join(roots.runRoot, "cache", plan)).mtimeMs).toBe(written);
      expect(first.stdout).toContain(`/${roots.id("one")}\n`);
      expect(second.stdout).toContain(`/${roots.id("two")}\n`);
      expect(second.stdout).not.toContain(roots.id("one"));
    }));

  test("sees what has become of a mount's source", () =>
    withRoots(async (roots) => {
      const source = roots.path("source");
      mkdirSync(source);
      const made = await container({
        roots,
        args: ["sh", "-c", "test -d /at && echo directory; test -f /at && echo file; true"],
        tweak: (config) => ({
          ...config,
          mounts: [...(config.mounts ?? []), { destination: "/at", type: "bind", source, options: ["bind"] }],
        }),
      });
      expect(await made.must("run")).toBe("directory");
      rmSync(source, { recursive: true });
      rmSync(join(made.bundle, "rootfs", "at"), { recursive: true });
      writeFileSync(source, "");
      expect(await made.must("run")).toBe("file");
      rmSync(source);
      expect((await made.verb("run")).stderr).toContain("mounts[");
    }));

  test("of a plan that fails now says why, and the next one works again", () =>
    withRoots(async (roots) => {
      const made = await container({ roots, args: ["/bin/program"] });
      const program = join(made.bundle, "rootfs", "bin", "program");
      writeFileSync(program, "#!/bin/sh\necho ran\n", { mode: 0o755 });
      expect(await made.must("run")).toBe("ran");
      rmSync(program);
      expect((await made.verb("run")).stderr).toContain("no such file or directory (ENOENT)");
      writeFileSync(program, "#!/bin/sh\necho again\n", { mode: 0o755 });
      expect(await made.must("run")).toBe("again");
    }));
});
