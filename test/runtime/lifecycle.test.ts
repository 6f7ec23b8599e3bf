// The life of a container: create, start, state, kill, delete, run (runtime-spec runtime.md, "Lifecycle" and "Operations").
import { expect } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { requires } from "../support/requires.ts";
import { withRoots } from "../support/roots.ts";
import { eventually } from "../support/run.ts";
import { teuRuntime } from "../support/teu.ts";
import { container, running } from "./container.ts";

const { describe, test } = requires("root", "busybox");

describe("create, start, delete", () => {
  test("a created container waits, runs after start, and is gone after delete", () =>
    withRoots(async (roots) => {
      const made = await container({ roots, args: ["sh", "-c", "echo $$ >/ran; sleep 1000"] });
      await made.must("create");
      expect(await made.state()).toMatchObject({ status: "created", id: made.id, bundle: made.bundle });
      expect(existsSync(`${made.bundle}/rootfs/ran`)).toBe(false);
      await made.must("start");
      await eventually("the program has run", () => existsSync(`${made.bundle}/rootfs/ran`));
      expect((await made.state()).status).toBe("running");
      await made.must("kill", [], ["KILL"]);
      await eventually("it has stopped", async () => (await made.state()).status === "stopped");
      expect((await made.state()).pid).toBe(0);
      await made.must("delete");
      expect((await made.verb("state")).status).toBe(1);
    }));

  test("what the specification forbids in a state is refused, and changes nothing", () =>
    withRoots(async (roots) => {
      const made = await container({ roots, args: ["sleep", "1000"] });
      await made.must("create");
      expect((await made.verb("create")).stderr).toContain("exists already");
      expect((await made.verb("delete")).stderr).toContain("it is created, not stopped");
      await made.must("start");
      expect((await made.verb("start")).stderr).toContain("it is running, not created");
      expect((await made.verb("delete")).status).toBe(1);
      await made.must("kill", [], ["9"]);
      await eventually("it has stopped", async () => (await made.state()).status === "stopped");
      const again = await made.verb("kill", [], ["9"]);
      expect([again.status, again.stderr]).toEqual([1, expect.stringContaining("container not running")]);
      await made.must("delete");
    }));

  test("a container without a process is created, and cannot be started", () =>
    withRoots(async (roots) => {
      const made = await container({ roots, tweak: ({ process: _, ...config }) => config });
      await made.must("create");
      expect((await made.verb("start")).stderr).toContain("names no program");
      await made.must("delete", ["--force"]);
    }));

  test("an unknown container is an error of every verb but a forced delete, told in the log too", () =>
    withRoots(async (roots) => {
      const log = roots.path("log");
      const { status } = await teuRuntime(["--log", log, "--log-format", "json", "state", "nobody"], { roots });
      expect(status).toBe(1);
      expect(JSON.parse(readFileSync(log, "utf8"))).toMatchObject({
        level: "error",
        msg: expect.stringContaining("nobody does not exist"),
      });
      for (const verb of ["start", "kill", "delete", "pause", "resume", "ps", "update", "events"]) {
        expect([verb, (await teuRuntime([verb, "nobody"], { roots })).status]).toEqual([verb, 1]);
      }
      expect((await teuRuntime(["delete", "--force", "nobody"], { roots })).status).toBe(0);
    }));
});

describe("run", () => {
  const endings = [
    { name: "passes the exit status on", script: "exit 7", status: 7 },
    { name: "says 128 + n for signal n", script: "kill -TERM $$", status: 143 },
  ];
  for (const { name, script, status } of endings) {
    test(name, () =>
      withRoots(async (roots) => {
        // Process 1 of a pid namespace is spared from its own signals, so a child ends by it.
        const made = await container({ roots, args: ["sh", "-c", `sh -c '${script}'; exit $?`] });
        expect((await made.verb("run")).status).toBe(status);
        expect((await made.verb("state")).status).toBe(1);
      }),
    );
  }

  test("--keep leaves a stopped container", () =>
    withRoots(async (roots) => {
      const made = await container({ roots, args: ["true"] });
      await made.must("run", ["--keep"]);
      expect((await made.state()).status).toBe("stopped");
      await made.must("delete");
    }));

  test("a program that is not there leaves nothing, and says so", () =>
    withRoots(async (roots) => {
      const made = await container({ roots, args: ["nonesuch"] });
      const { status, stderr } = await made.verb("run");
      expect([status, stderr]).toEqual([1, expect.stringContaining('execute "nonesuch": no such file or directory')]);
      expect((await made.verb("state")).status).toBe(1);
    }));
});

describe("kill", () => {
  const signals = ["USR1", "SIGUSR1", "sigusr1", "10"];
  for (const signal of signals) {
    test(`knows signal ${signal}`, () =>
      withRoots(async (roots) => {
        const made = await running({ roots, args: ["sh", "-c", "trap 'exit 3' USR1; touch /ready; while :; do sleep 0.05; done"] });
        await eventually("the trap is set", () => existsSync(`${made.bundle}/rootfs/ready`));
        await made.must("kill", [], [signal]);
        await eventually("it has stopped", async () => (await made.state()).status === "stopped");
        await made.must("delete");
      }));
  }

  test("real-time signals reach the process", () =>
    withRoots(async (roots) => {
      const made = await running({ roots, args: ["sh", "-c", "trap 'exit 0' 37; touch /ready; while :; do sleep 0.05; done"] });
      await eventually("the trap is set", () => existsSync(`${made.bundle}/rootfs/ready`));
      await made.must("kill", [], ["SIGRTMIN+3"]);
      await eventually("it has stopped", async () => (await made.state()).status === "stopped");
      await made.must("delete");
    }));

  test("--all reaches every process of a container without a pid namespace of its own", () =>
    withRoots(async (roots) => {
      const made = await running({
        roots,
        args: ["sh", "-c", "sleep 1000 & exec sleep 1000"],
        linux: { namespaces: [{ type: "mount" }, { type: "ipc" }, { type: "uts" }], maskedPaths: [], readonlyPaths: [] },
      });
      await eventually("both run", async () => JSON.parse(await made.must("ps", ["--format", "json"])).length === 2);
      await made.must("kill", ["--all"], ["KILL"]);
      await eventually("none is left", async () => (await made.must("ps", ["--format", "json"])) === "[]");
      await made.must("delete");
    }));

  test("a word that is no signal is refused", () =>
    withRoots(async (roots) => {
      const made = await running({ roots });
      expect((await made.verb("kill", [], ["SIGNONE"])).stderr).toContain('unknown signal "SIGNONE"');
      await made.must("delete", ["--force"]);
    }));
});

describe("delete --force", () => {
  test("ends what runs, is paused, or only waits for start", () =>
    withRoots(async (roots) => {
      const created = await container({ roots, name: "created", args: ["sleep", "1000"] });
      await created.must("create");
      const paused = await running({ roots, name: "paused" });
      await paused.must("pause");
      const runs = await running({ roots, name: "runs" });
      for (const each of [created, paused, runs]) {
        await each.must("delete", ["--force"]);
        expect((await each.verb("state")).status).toBe(1);
      }
    }));

  test("cleans a state directory whose creator was killed before it wrote a record", () =>
    withRoots(async (roots) => {
      const directory = roots.path("run", "runtime", "half");
      mkdirSync(directory, { recursive: true });
      writeFileSync(`${directory}/config.json`, "{");
      expect((await teuRuntime(["state", "half"], { roots })).stderr).toContain("never made whole");
      expect((await teuRuntime(["delete", "--force", "half"], { roots })).status).toBe(0);
      expect(existsSync(directory)).toBe(false);
    }));

  const reuses = [
    { name: "with its start time recorded", forget: false },
    { name: "with its start time unknown", forget: true },
  ];
  for (const { name, forget } of reuses) {
    test(`spares a process that has got the pid of a dead container, ${name}`, () =>
      withRoots(async (roots) => {
        const made = await running({ roots });
        await made.must("kill", [], ["KILL"]);
        await eventually("it has stopped", async () => (await made.state()).status === "stopped");
        const directory = roots.path("run", "runtime", made.id);
        const record = JSON.parse(readFileSync(`${directory}/state.json`, "utf8"));
        // The pid of this test: it began long before the container's record, or, by the clock of the record, long after.
        if (forget) delete record.start;
        writeFileSync(`${directory}/state.json`, JSON.stringify({ ...record, ...(forget ? { made: record.made - 1_000_000 } : {}) }));
        writeFileSync(`${directory}/pid`, `${process.pid}\n`);
        expect((await made.state()).status).toBe("stopped");
        await made.must("delete", ["--force"]); // we are still here
      }));
  }
});
