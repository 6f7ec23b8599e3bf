// What every engine must be able to do with our runtime below it; run for podman, dockerd and containerd by the files beside.
// TEU_CONFORMANCE_RUNTIME=runc runs the same with a peer's runtime, which proves the suite.
import { afterAll, beforeAll, expect } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { chosenRuntime, runtimePath } from "../conformance/runtimes.ts";
import { KEY, openPty } from "../support/pty.ts";
import { requires } from "../support/requires.ts";
import { type OpenRoots, openRoots, type TestRoots } from "../support/roots.ts";
import { eventually, run, runOk, start } from "../support/run.ts";
import { type ContainerRequest, type Peer, type WatchedRuntime, watchedRuntime } from "./peer.ts";

export interface PeerSuite {
  readonly engine: string;
  readonly needs: readonly string[];
  /** Whether the client tells the container that its own input has ended. */
  readonly inputEnds: boolean;
  start(roots: TestRoots, runtime: string): Promise<Peer>;
}

const SLEEP = ["sleep", "1000"];
const READY = `echo ready; exec sleep 1000`;

/** The memory limit that the kernel holds for a process, whichever cgroup version bears it. */
function memoryLimit(pid: number): string {
  const lines = readFileSync(`/proc/${pid}/cgroup`, "utf8").split("\n");
  const v1 = lines.find((line) => line.split(":")[1]?.split(",").includes("memory"))?.split(":")[2];
  const v2 = lines.find((line) => line.startsWith("0::"))?.slice(3);
  const file = v1 === undefined ? `/sys/fs/cgroup${v2}/memory.max` : `/sys/fs/cgroup/memory${v1}/memory.limit_in_bytes`;
  return readFileSync(file, "utf8").trim();
}

/** Defines the tests. */
export function peerSuite(suite: PeerSuite): void {
  const runtime = chosenRuntime();
  const { describe, test } = requires("root", "busybox", ...suite.needs);

  describe(`${suite.engine} with ${runtime} as its runtime`, () => {
    let roots: OpenRoots;
    let peer: Peer;
    let watched: WatchedRuntime;
    beforeAll(async () => {
      if (!existsSync(runtimePath(runtime))) throw new Error(`${runtimePath(runtime)} is not built`);
      roots = openRoots({ leftovers: "sweep" });
      watched = watchedRuntime(runtime, roots);
      peer = await suite.start(roots, watched.path);
    }, 120_000);
    afterAll(async () => {
      await peer?.stop();
      await roots?.close();
    }, 60_000);

    let count = 0;
    const fresh = (request: Omit<ContainerRequest, "name">): ContainerRequest => {
      count += 1;
      return { ...request, name: `c${count}` };
    };
    const execute = (argv: readonly string[], stdin?: string) => run(argv, { env: peer.env, ...(stdin === undefined ? {} : { stdin }) });
    /** Starts a detached container, runs the body, kills and removes it. */
    async function detached(request: Omit<ContainerRequest, "name">, body: (name: string) => Promise<void>): Promise<void> {
      const { name, ...rest } = fresh({ ...request, detach: true });
      await runOk(peer.run({ name, ...rest }), { env: peer.env });
      try {
        await body(name);
      } finally {
        if ((await peer.state(name)) === "paused") await peer.resume(name);
        if ((await peer.state(name)) === "running") await peer.signal(name, "KILL");
        await peer.wait(name);
        await peer.remove(name);
      }
    }

    test("runs a command, its output and errors told apart", async () => {
      const outcome = await execute(peer.run(fresh({ command: ["sh", "-c", "echo out; echo err >&2"] })));
      expect(outcome).toEqual({ status: 0, stdout: "out\n", stderr: "err\n" });
      expect(watched.calls().some((call) => / create /.test(` ${call} `))).toBe(true);
    });
    test("gives the command's exit status", async () => {
      expect((await execute(peer.run(fresh({ command: ["sh", "-c", "exit 42"] })))).status).toBe(42);
    });
    test("a command that does not exist is an error that names it", async () => {
      const outcome = await execute(peer.run(fresh({ command: ["/no/such/command"] })));
      expect(outcome.status).not.toBe(0);
      expect(outcome.stderr).toContain("/no/such/command");
    });
    test("passes standard input on", async () => {
      const command = suite.inputEnds ? ["cat"] : ["head", "-c", "5"];
      const outcome = await execute(peer.run(fresh({ command, interactive: true })), "12345");
      expect([outcome.status, outcome.stdout]).toEqual([0, "12345"]);
    });
    test("a container is a machine of its own: process ids, mounts, host name", async () => {
      const outcome = await execute(
        peer.run(fresh({ command: ["sh", "-c", "echo $$; ls /proc | grep -c '^[0-9]'; ls / | grep -c lost+found; hostname"] })),
      );
      const [pid, processes, foreign, hostname] = outcome.stdout.split("\n");
      expect([pid, foreign]).toEqual(["1", "0"]);
      expect(Number(processes)).toBeLessThan(6);
      // ctr shares the host's name unless told otherwise; the others give the container's id.
      expect(hostname).toMatch(suite.engine.includes("ctr") ? /./ : /^[0-9a-f]{12}$/);
    });
    test("runs a terminal: size, resize, interrupt, exit status", async () => {
      const argv = peer.run(fresh({ command: ["sh"], tty: true, interactive: true }));
      await using pty = openPty(argv, { env: peer.env, rows: 31, columns: 101 });
      await pty.expect("# ");
      pty.send("tty; stty size\n");
      await pty.expect(/\/dev\/(pts\/0|console)\r+\n31 101/);
      pty.resize(41, 121);
      await Bun.sleep(300);
      pty.send("stty size\n");
      await pty.expect("41 121");
      pty.send("sleep 1000\n");
      await Bun.sleep(300);
      pty.send(KEY.interrupt);
      await pty.expect("# ");
      pty.send("exit 7\n");
      expect(await pty.exited).toBe(7);
    });

    test("runs another process in a running container", async () => {
      await detached({ command: ["sh", "-c", READY] }, async (name) => {
        const outcome = await execute(peer.exec(name, ["sh", "-c", "cat /proc/1/comm; exit 3"]));
        expect([outcome.status, outcome.stdout]).toEqual([3, "sleep\n"]);
      });
    });
    test("runs another process on a terminal", async () => {
      await detached({ command: SLEEP }, async (name) => {
        await using pty = openPty(peer.exec(name, ["sh"], { tty: true }), { env: peer.env, rows: 31, columns: 101 });
        await pty.expect("# ");
        pty.send("tty\n");
        await pty.expect(/\/dev\/(pts\/\d|console)/);
        pty.send("exit 9\n");
        expect(await pty.exited).toBe(9);
      });
    });
    test("pauses and resumes: a paused container's clock of work stands still", async () => {
      const ticking = "while :; do echo x >>/tmp/ticks; sleep 0.02; done";
      await detached({ command: ["sh", "-c", ticking] }, async (name) => {
        const ticks = async (pid: number) => Number((await runOk(["wc", "-l", `/proc/${pid}/root/tmp/ticks`])).split(" ")[0]);
        const pid = await peer.pid(name);
        await eventually("the container ticks", async () => (await ticks(pid)) > 2);
        await peer.pause(name);
        expect(await peer.state(name)).toBe("paused");
        const before = await ticks(pid);
        await Bun.sleep(300);
        expect(await ticks(pid)).toBe(before);
        await peer.resume(name);
        expect(await peer.state(name)).toBe("running");
        await eventually("the container ticks again", async () => (await ticks(pid)) > before);
      });
    });
    test("delivers a signal, and gives the status that its handler chose", async () => {
      const request = fresh({ command: ["sh", "-c", "trap 'exit 42' USR1; echo >/tmp/ready; while :; do sleep 0.05; done"], detach: true });
      await runOk(peer.run(request), { env: peer.env });
      const pid = await peer.pid(request.name);
      await eventually("the handler is set", () => existsSync(`/proc/${pid}/root/tmp/ready`));
      await peer.signal(request.name, "USR1");
      expect(await peer.wait(request.name)).toBe(42);
      await peer.remove(request.name);
    });
    test("kills a container: 137", async () => {
      const request = fresh({ command: SLEEP, detach: true });
      await runOk(peer.run(request), { env: peer.env });
      const pid = await peer.pid(request.name);
      await peer.signal(request.name, "KILL");
      expect(await peer.wait(request.name)).toBe(137);
      expect(existsSync(`/proc/${pid}`)).toBe(false);
      await peer.remove(request.name);
    });
    test("limits memory, and the kernel enforces it", async () => {
      await detached({ command: SLEEP, memoryBytes: 64 << 20 }, async (name) => {
        expect(memoryLimit(await peer.pid(name))).toBe(String(64 << 20));
      });
      const greedy = fresh({ command: ["sh", "-c", "echo began; exec tail -n 1 /dev/zero"], memoryBytes: 16 << 20 });
      const outcome = await execute(peer.run(greedy));
      expect([outcome.status, outcome.stdout]).toEqual([137, "began\n"]);
    });
    test("an attached run ends when the container is killed by another command", async () => {
      const request = fresh({ command: ["sh", "-c", READY] });
      const running = start(peer.run(request), { env: peer.env });
      try {
        await eventually("the container runs", () => running.stdout().includes("ready"));
        await peer.signal(request.name, "KILL");
        expect(await running.exited).toBe(137);
      } finally {
        running.kill("SIGKILL");
        running.dispose();
      }
    });
  });
}
