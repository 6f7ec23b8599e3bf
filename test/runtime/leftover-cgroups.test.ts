// Cgroups of a container whose state directory is gone: killed, and /run cleared. By default a container's cgroup is /teu/<id>.
import { expect } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { requires } from "../support/requires.ts";
import { type TestRoots, withRoots } from "../support/roots.ts";
import { run } from "../support/run.ts";
import { reachable } from "../support/teu.ts";
import { container, running } from "./container.ts";

const { test } = requires("root", "busybox", "v1");

const cgroup = (roots: TestRoots, controller = "pids") => `/sys/fs/cgroup/${controller}/teu/${roots.id("bundle")}`;

/** No cgroupsPath: the default place. */
const byDefault = (roots: TestRoots) => ({ roots, linux: { cgroupsPath: "" } });

/** Leaves an empty cgroup with a limit, as a dead container does. */
function leave(roots: TestRoots): string {
  const directory = cgroup(roots);
  mkdirSync(join(directory, "of-its-own"), { recursive: true });
  writeFileSync(join(directory, "pids.max"), "1");
  return directory;
}

test("delete --force removes them", () =>
  withRoots(async (roots) => {
    const { must } = await container(byDefault(roots));
    const directory = leave(roots);
    await must("delete", ["--force"]);
    expect(existsSync(directory)).toBe(false);
  }));

test("delete without --force says that there is no such container, and touches nothing", () =>
  withRoots(
    async (roots) => {
      const { verb } = await container(byDefault(roots));
      const directory = leave(roots);
      expect((await verb("delete")).stderr).toContain("does not exist");
      expect(existsSync(directory)).toBe(true);
    },
    { leftovers: "sweep" },
  ));

test("a new container of the same id does not inherit their limits", () =>
  withRoots(async (roots) => {
    const { must } = await container({ ...byDefault(roots), args: ["sh", "-c", "sleep 0.01 & sleep 0.01 & wait; echo ran"] });
    leave(roots);
    expect(await must("run")).toBe("ran");
  }));

test("those of a container that another root has running are not touched, and not shared", () =>
  withRoots(async (roots) => {
    const made = await running(byDefault(roots));
    const other = roots.path("other");
    const elsewhere = async (...words: readonly string[]) => run([await reachable("teu-runtime"), "--root", other, ...words, made.id]);
    const created = await elsewhere("run", "--bundle", made.bundle);
    expect(created.status).toBe(1);
    expect(created.stderr).toMatch(/process \d+ is in it/);
    expect(existsSync(join(other, made.id))).toBe(false);
    expect((await elsewhere("delete", "--force")).status).toBe(0);
    expect((await made.state()).status).toBe("running");
    await made.must("delete", ["--force"]);
    expect(existsSync(cgroup(roots))).toBe(false);
  }));

test("a cgroup that the configuration names keeps what its caller has set", () =>
  withRoots(async (roots) => {
    const directory = `/sys/fs/cgroup/pids/${roots.id("bundle")}`;
    mkdirSync(directory);
    writeFileSync(join(directory, "pids.max"), "7");
    const script = "cat /sys/fs/cgroup/pids/pids.max";
    const mounts = { destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro"] };
    const { must } = await container({
      roots,
      args: ["sh", "-c", script],
      tweak: (config) => ({ ...config, mounts: [...(config.mounts ?? []), mounts] }),
    });
    expect(await must("run")).toBe("7");
  }));
