// The monitor: exit status, signals, terminal, attach clients, memory; and the sockets that lead to a container.
import { describe, expect, test } from "bun:test";
import { copyFileSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { encodePlan } from "../../src/kernel/plan/encode.ts";
import { type Op, op } from "../../src/kernel/plan/plan.ts";
import { AttachClient, STREAM } from "../support/attach-client.ts";
import { LAUNCHER, planOf, type RunningPlan, runPlan, startPlan } from "../support/run-plan.ts";
import { ending, K, openPath, registers, scratch, shell } from "./setup.ts";

const dir = scratch();
const PID_NAMESPACE = 0x20000000;

interface Started {
  readonly running: RunningPlan;
  readonly state: string;
  pid(): number;
}

let containers = 0;

/** Starts a container of a shell script under a monitor; resolves when the script runs. */
async function start(
  script: string,
  options: { client?: string; terminal?: boolean; onExit?: readonly string[]; flags?: number; launcher?: string } = {},
): Promise<Started> {
  const r = registers();
  const state = dir.in(`state-${containers++}`);
  mkdirSync(state);
  const { terminal = false, onExit = [], flags = PID_NAMESPACE } = options;
  const pty: Op[] = terminal ? [op("recvFd", { channel: r("a"), out: r("pty") }, "t")] : [];
  const terminalOps: Op[] = [
    openPath("/dev/pts", r("devpts")),
    op("pty", { devpts: r("devpts"), rows: 24, cols: 80, master: r("master"), slave: r("slave") }, "t"),
    op("sendFd", { channel: r("b"), fd: r("master"), data: [] }, "t"),
    op("setsid", {}, "t"),
    op("ctty", { slave: r("slave") }, "t"),
  ];
  const running = startPlan(
    encodePlan(
      planOf(
        [
          op("open", { dir: undefined, path: state, flags: K.O_DIRECTORY, mode: 0, out: r("state") }, "t"),
          op("listen", { dir: r("state"), name: "attach.sock", out: r("listener") }, "t"),
          ...(options.client === undefined ? [] : [op("connect", { path: options.client, out: r("client") }, "t")]),
          op("channel", { a: r("a"), b: r("b") }, "t"),
          op("clone", { section: 1, flags, cgroup: undefined, pid: r("pid"), pidfd: r("pidfd") }, "t"),
          op("close", { fd: r("b") }, "t"),
          ...pty,
          op("await", { channel: r("a"), number: 255 }, "t"),
          op("report", { kind: 3, value: r("pid") }, "t"),
          op("report", { kind: 5, value: undefined }, "t"),
          op(
            "monitor",
            {
              pid: r("pid"),
              pidfd: r("pidfd"),
              pty: terminal ? r("pty") : undefined,
              listener: r("listener"),
              client: options.client === undefined ? undefined : r("client"),
              dir: r("state"),
              onExit,
              attended: 0,
            },
            "t",
          ),
        ],
        [
          op("close", { fd: r("a") }, "t"),
          ...(terminal ? terminalOps : []),
          shell(`${terminal ? "stty -echo; " : ""}: > ${state}/ready; ${script}`),
        ],
      ),
    ),
    options.launcher === undefined ? {} : { launcher: options.launcher },
  );
  const deadline = Date.now() + 5000;
  const ready = () => existsSync(`${state}/ready`);
  while (!running.records().some((record) => record.kind === "done" || record.kind === "failed") || !ready()) {
    if (Date.now() > deadline) throw new Error("the container did not start");
    await Bun.sleep(2);
  }
  return { running, state, pid: () => Number(running.records().find((record) => record.kind === "pid")?.value ?? 0n) };
}

const attach = (started: Started, options: { paused?: boolean } = {}) => new AttachClient(`${started.state}/attach.sock`, options);

describe("the end of a container", () => {
  // biome-ignore format: table
  const rows = [
    { script: "exit 0", code: 0, status: 0n, line: "exited 0\n" },
    { script: "exit 7", code: 7, status: 0x700n, line: "exited 7\n" },
    { script: "kill -9 $$", code: 137, status: 9n, line: "signaled 9\n" },
    { script: "ulimit -c 0; kill -11 $$", code: 139, status: 11n, line: "signaled 11\n" },
  ];
  for (const { script, code, status, line } of rows) {
    test(`by ${script} is the launcher's own, a record and a file`, async () => {
      const started = await start(script, { flags: 0 });
      const result = await started.running.ended;
      expect(result.code).toBe(code);
      expect(result.records.find((record) => record.kind === "exited")?.value).toBe(status);
      expect(readFileSync(`${started.state}/exit`, "utf8")).toBe(line);
    });
  }

  test("runs onExit, which finds the exit file", async () => {
    const state = dir.in(`state-${containers}`);
    const started = await start("exit 3", { onExit: ["/bin/sh", "-c", `cat ${state}/exit > ${state}/seen`] });
    expect((await started.running.ended).code).toBe(3);
    expect(readFileSync(`${state}/seen`, "utf8")).toBe("exited 3\n");
  });

  test("ends the caller's pipes, as the monitor holds none of them", async () => {
    const started = await start("echo out; echo err >&2; sleep 0.1; exec >/dev/null 2>&1; sleep 0.3");
    const { child } = started.running;
    await new Promise((resolve) => child.stdout?.on("end", resolve));
    expect(child.exitCode).toBe(null);
    const result = await started.running.ended;
    expect([result.stdout, result.stderr]).toEqual(["out\n", "err\n"]);
  });

  test("only a child can be monitored", async () => {
    const r = registers();
    const ppid = op("openPid", { proc: r("proc"), pid: r("me"), out: r("dir") }, "t");
    const rest = { pty: undefined, listener: undefined, client: undefined, dir: undefined, onExit: [], attended: 0 };
    const result = await runPlan([
      [
        openPath("/proc", r("proc")),
        op("getPid", { out: r("me") }, "t"),
        ppid,
        op("pidfdOpen", { pid: r("me"), out: r("pidfd") }, "t"),
        op("monitor", { pid: r("me"), pidfd: r("pidfd"), ...rest }, "t"),
      ],
    ]);
    expect(ending(result)).toBe("ECHILD at 4");
  });
});

describe("the monitor", () => {
  test("forwards signals, and outlives a hangup", async () => {
    const started = await start("trap 'echo usr1' USR1; trap 'echo hup' HUP; trap 'echo term; exit 5' TERM; while :; do sleep 0.02; done");
    const { child } = started.running;
    await Bun.sleep(50);
    for (const signal of ["SIGUSR1", "SIGHUP", "SIGPIPE", "SIGTERM"] as const) {
      child.kill(signal);
      await Bun.sleep(80);
    }
    const result = await started.running.ended;
    expect([result.code, result.stdout]).toEqual([5, "usr1\nhup\nterm\n"]);
  });

  test("holds no more than it needs: few descriptors, less than 1 MiB", async () => {
    const started = await start("sleep 5", { terminal: true });
    const monitor = `/proc/${started.running.child.pid}`;
    const links = readdirSync(`${monitor}/fd`).map((fd) => readlinkSync(`${monitor}/fd/${fd}`).replace(/\[.*|\d+$/, ""));
    expect(links.sort()).toEqual(
      [
        ...["/dev/null", "/dev/null", "/dev/null", "/dev/pts/", "/dev/pts/ptmx"],
        ...[started.state.replace(/\d+$/, ""), "anon_inode:", "anon_inode:", "socket:"],
        ...links.filter((link) => link.endsWith("/report")),
      ].sort(),
    );
    const pss = Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`${monitor}/smaps_rollup`, "utf8"))?.[1]);
    expect(pss).toBeGreaterThan(0);
    if (process.env.TEU_TEST_LAUNCHER === undefined) expect(pss).toBeLessThan(256); // sanitizers take 4 MiB for themselves
    process.kill(started.pid(), "SIGKILL");
    expect((await started.running.ended).code).toBe(137);
  });
});

describe("an attach client", () => {
  test("sees the terminal, types, resizes, and gets the status last", async () => {
    const started = await start("read x; echo got $x; stty size; trap 'stty size; exit 6' WINCH; echo go; while :; do sleep 0.02; done", {
      terminal: true,
    });
    const client = attach(started);
    client.send(STREAM.input, "hello\n");
    await client.until("go\r\n");
    client.send(STREAM.resize, new Uint8Array([0, 50, 0, 132]));
    await client.closed;
    expect(client.output).toBe("got hello\r\n24 80\r\ngo\r\n50 132\r\n");
    expect(client.status).toBe(0x600);
    expect((await started.running.ended).code).toBe(6);
  });

  test("may end the input and send signals; several are served at once", async () => {
    const started = await start("echo on; cat; trap 'echo bye; exit 4' TERM; echo wait; while :; do sleep 0.02; done", {
      terminal: true,
    });
    const one = attach(started);
    const two = attach(started);
    one.send(STREAM.input, "both\n");
    await Promise.all([one.until("both"), two.until("both")]);
    two.send(STREAM.end, "");
    await Promise.all([one.until("wait"), two.until("wait")]);
    one.send(STREAM.signal, new Uint8Array([15]));
    await Promise.all([one.closed, two.closed]);
    expect([one.status, two.status]).toEqual([0x400, 0x400]);
    expect(two.output).toEndWith("bye\r\n");
  });

  test("may be there from the first byte on", async () => {
    const path = dir.in("first.sock");
    const client = new Promise<AttachClient>((resolve) => {
      const server = createServer((socket) => {
        server.close();
        resolve(new AttachClient(socket));
      }).listen(path);
    });
    await start("echo first; exit 3", { terminal: true, client: path });
    const first = await client;
    await first.closed;
    expect([first.output, first.status]).toEqual(["first\r\n", 0x300]);
  });

  test("may come and go: the container does not notice", async () => {
    const started = await start("read x; echo $x; exit 2", { terminal: true });
    const gone = attach(started);
    await new Promise((resolve) => gone.socket.on("connect", resolve));
    gone.socket.destroy();
    const client = attach(started);
    client.send(STREAM.input, "later\n");
    await client.closed;
    expect([client.output, client.status]).toEqual(["later\r\n", 0x200]);
  });

  test("that speaks nonsense is dropped, the others stay", async () => {
    const started = await start("read x; exit 1", { terminal: true });
    const good = attach(started);
    for (const [stream, payload] of [
      [9, ""],
      [STREAM.resize, "abc"],
      [STREAM.signal, ""],
      [STREAM.end, "x"],
    ] as const) {
      const bad = attach(started);
      bad.send(stream, payload);
      await bad.closed;
      expect(bad.status).toBeUndefined();
    }
    good.send(STREAM.input, "\n");
    await good.closed;
    expect(good.status).toBe(0x100);
  });

  test("frames may come in any pieces", async () => {
    const started = await start("read x; echo [$x]", { terminal: true });
    const client = attach(started);
    for (const byte of [0, 0, 0, 0, 0, 0, 0, 4, ..."abc\n"].map((part) => (typeof part === "string" ? part.charCodeAt(0) : part))) {
      client.socket.write(Uint8Array.of(byte));
      await Bun.sleep(2);
    }
    await client.closed;
    expect(client.output).toBe("[abc]\r\n");
  });

  test("gets all output, the last included, in order", async () => {
    const started = await start("stty -onlcr; read x; seq 1 60000; printf end", { terminal: true });
    const client = attach(started);
    client.send(STREAM.input, "\n");
    await client.closed;
    const expected = `${Array.from({ length: 60000 }, (_, i) => `${i + 1}\n`).join("")}end`;
    expect(client.output.length).toBe(expected.length);
    expect(client.output === expected).toBe(true);
  });

  test("that takes nothing delays the container, but not for ever, and does not lose its status", async () => {
    const started = await start("stty -onlcr; read x; seq 1 200000; exit 9", { terminal: true });
    const slow = attach(started, { paused: true });
    slow.send(STREAM.input, "\n");
    await Bun.sleep(1000);
    expect(started.running.child.exitCode).toBe(null); // held back
    expect((await started.running.ended).code).toBe(9);
    expect(readFileSync(`${started.state}/exit`, "utf8")).toBe("exited 9\n");
    slow.socket.destroy();
  }, 15000);

  test("is not needed: output nobody reads does not stop the container", async () => {
    const started = await start("stty -onlcr; seq 1 100000; exit 8", { terminal: true });
    expect((await started.running.ended).code).toBe(8);
  });

  test("is refused beyond eight", async () => {
    const started = await start("read x; exit 0", { terminal: true });
    const clients = Array.from({ length: 8 }, () => attach(started));
    await Promise.all(clients.map((client) => new Promise((resolve) => client.socket.on("connect", resolve))));
    await attach(started).closed;
    clients[0]?.send(STREAM.input, "\n");
    await Promise.all(clients.map((client) => client.closed));
    expect(clients.map((client) => client.status)).toEqual(Array(8).fill(0));
  });

  test("a terminal that the container closes and opens again stays usable", async () => {
    const started = await start("t=$(tty); exec </dev/null >/dev/null 2>&1; sleep 0.2; exec <$t >$t 2>&1; echo back; read x; exit 0", {
      terminal: true,
    });
    const client = attach(started);
    await client.until("back");
    const before = Number(readFileSync(`/proc/${started.running.child.pid}/stat`, "utf8").split(" ")[13]);
    expect(before).toBeLessThan(10); // ticks: it has not been spinning
    client.send(STREAM.input, "\n");
    await client.closed;
    expect(client.status).toBe(0);
  });
});

describe("the launcher's executable", () => {
  test("cannot be written to through /proc/<pid>/exe, not even after it has ended (CVE-2019-5736)", async () => {
    const launcher = dir.in("launcher"); // a copy: while others execute the same file, ETXTBSY hides what is asked here
    copyFileSync(LAUNCHER, launcher);
    const started = await start("sleep 60", { launcher });
    const monitor = started.running.child.pid;
    const exe = openSync(`/proc/${monitor}/exe`, "r");
    process.kill(started.pid(), "SIGKILL");
    await started.running.ended;
    expect(() => openSync(`/proc/self/fd/${exe}`, "r+")).toThrow("EROFS");
  });
});
