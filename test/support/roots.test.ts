import { describe, expect, test } from "bun:test";
import { existsSync, statSync } from "node:fs";
import { requires } from "./requires.ts";
import { withRoots } from "./roots.ts";
import { eventually, run, runOk, start } from "./run.ts";
import { tester } from "./user.ts";

describe("roots of a test", () => {
  test("are there for the body and gone after it", async () => {
    const directory = await withRoots(async (roots) => {
      expect(existsSync(roots.root) && existsSync(roots.runRoot)).toBe(true);
      return roots.directory;
    });
    expect(existsSync(directory)).toBe(false);
  });
  test("are gone after a body that throws, whose error comes through", async () => {
    let directory = "";
    const failing = withRoots((roots) => {
      directory = roots.directory;
      throw new Error("of the body");
    });
    await expect(failing).rejects.toThrow("of the body");
    expect(existsSync(directory)).toBe(false);
  });
  test("a process that is left behind fails the test, is named and killed", async () => {
    let pid = 0;
    const leaving = withRoots(async (roots) => {
      const child = start(["sleep", "60"], { cwd: roots.directory });
      pid = child.pid;
      child.dispose();
      await eventually("the child runs sleep", async () => (await run(["readlink", `/proc/${pid}/exe`])).stdout.includes("sleep"));
    });
    await expect(leaving).rejects.toThrow(/left behind:\n {2}process \d+: sleep 60/);
    await eventually("the child is gone", () => !existsSync(`/proc/${pid}/exe`));
  });

  const root = requires("root");
  root.test("a mount that is left behind fails the test and is removed", async () => {
    let path = "";
    const leaving = withRoots((roots) => {
      path = roots.root;
      return runOk(["mount", "-t", "tmpfs", "none", path]);
    });
    await expect(leaving).rejects.toThrow(/left behind:\n {2}mount \/tmp\/teu-test-/);
    expect(await runOk(["cat", "/proc/self/mountinfo"])).not.toContain(path);
  });

  const v1 = requires("root", "v1");
  v1.test("a frozen process in a cgroup of the test is thawed and killed", async () => {
    const script = `cgroup=/sys/fs/cgroup/freezer/"$1"; mkdir "$cgroup"; sleep 60 >/dev/null 2>&1 & echo $! >"$cgroup"/cgroup.procs; echo FROZEN >"$cgroup"/freezer.state; echo "$cgroup"`;
    let cgroup = "";
    await withRoots(async (roots) => (cgroup = await runOk(["sh", "-euc", script, "sh", roots.id("x")])), { leftovers: "sweep" });
    expect(cgroup).not.toBe("");
    expect(existsSync(cgroup)).toBe(false);
  });

  const rootless = requires("tester");
  rootless.test("belong to their owner, as whom a program runs with a login's environment", async () => {
    const user = tester();
    await withRoots(
      async (roots) => {
        expect(statSync(roots.root).uid).toBe(user.uid);
        const script = `id -u; echo "$HOME"; stat -c %a "$XDG_RUNTIME_DIR"; touch "$1/x"; grep CapEff /proc/self/status`;
        const output = await runOk(["sh", "-euc", script, "sh", roots.root], { user, roots });
        expect(output.split("\n")).toEqual([String(user.uid), user.home, "700", "CapEff:\t0000000000000000"]);
      },
      { owner: user },
    );
  });
});

describe("running a program", () => {
  test("its status, output and errors are told apart", async () => {
    expect(await run(["sh", "-c", "echo out; echo err >&2; exit 3"])).toEqual({ status: 3, stdout: "out\n", stderr: "err\n" });
  });
  test("its input is given and ends", async () => {
    expect(await runOk(["cat"], { stdin: "line" })).toBe("line");
  });
  test("a child that keeps the output open is not waited for", async () => {
    const began = performance.now();
    await runOk(["sh", "-c", "sleep 5 & echo $!"]).then((pid) => process.kill(Number(pid)));
    expect(performance.now() - began).toBeLessThan(4000);
  });
  test("one that does not end in time is killed and the error says so", async () => {
    await expect(run(["sleep", "60"], { timeoutMs: 100 })).rejects.toThrow("sleep 60: not ended after 100 ms");
  });
});
