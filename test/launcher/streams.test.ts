// Streams that the monitor carries: pipes of the container's own, copied to the launcher's descriptors and to attach clients, held back by whoever
// is slow, and complete when the container has ended.
import { describe, expect, test } from "bun:test";
import { closeSync, constants, existsSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from "node:fs";
import { op } from "../../src/kernel/plan/plan.ts";
import { STREAM } from "../support/attach-client.ts";
import { eventually } from "../support/run.ts";
import { startMonitored } from "./monitored.ts";
import { K, scratch } from "./setup.ts";

const dir = scratch();
let count = 0;
const state = () => dir.in(`state-${count++}`);
const BOTH = 3;

/** A pipe that this process reads without waiting. Two descriptors: Bun makes the one that it gives to a child blocking. */
function fifo(name: string): { readonly read: number; readonly write: number } {
  const path = dir.in(name);
  Bun.spawnSync(["mkfifo", path]);
  const read = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return { read, write: openSync(path, constants.O_WRONLY) };
}

/** What a pipe gives until it is empty when `over` holds. */
async function readUntil(fd: number, over: () => boolean): Promise<string> {
  const buffer = Buffer.alloc(65_536);
  let text = "";
  for (;;) {
    const last = over();
    try {
      text += buffer.toString("latin1", 0, readSync(fd, buffer));
    } catch {
      if (last) return text; // EAGAIN
      await Bun.sleep(1);
    }
  }
}

/** What the children of a process wait for in the kernel. */
function childrenWait(pid: number): string {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ");
  return children
    .filter((child) => child !== "")
    .map((child) => readFileSync(`/proc/${child}/wchan`, "utf8"))
    .join();
}

describe("output", () => {
  // biome-ignore format: table
  const rows = [
    { name: "both streams, kept apart", tee: BOTH, out: "out\n", err: "err\n" },
    { name: "only one that is asked for", tee: 2, out: "", err: "err\n" },
    { name: "none", tee: 0, out: "", err: "" },
  ];
  for (const { name, tee, out, err } of rows) {
    test(`is copied to the caller: ${name}`, async () => {
      const started = await startMonitored(state(), "echo out; echo err >&2; exit 4", { tee });
      const { stdout, stderr, code } = await started.running.ended;
      expect([stdout, stderr, code]).toEqual([out, err, 4]);
    });
  }

  test("of many bytes is whole, the last included", async () => {
    const started = await startMonitored(state(), "seq 1 100000; printf end", { tee: BOTH });
    const { stdout } = await started.running.ended;
    expect(stdout === `${Array.from({ length: 100_000 }, (_, i) => `${i + 1}\n`).join("")}end`).toBe(true);
  });

  test("ends for the caller when the container closes it, not only when it ends", async () => {
    const started = await startMonitored(state(), "echo out; exec >/dev/null 2>&1; read x", { tee: BOTH, stdin: true });
    const { child } = started.running;
    await eventually("the caller's pipe has ended", () => child.stdout?.readableEnded === true);
    expect(child.exitCode).toBe(null);
    started.attach().send(STREAM.input, "\n");
    expect((await started.running.ended).stdout).toBe("out\n");
  });

  test("goes on without a caller that reads no more", async () => {
    const started = await startMonitored(state(), "read x; seq 1 50000; exit 6", { tee: BOTH, stdin: true });
    started.running.child.stdout?.destroy();
    const client = started.attach();
    client.send(STREAM.input, "\n");
    await client.closed;
    expect((await started.running.ended).code).toBe(6);
    expect(client.output.length).toBe(288_894);
  });

  test("ends the program as a pipeline does, while a command stays with it that reads no more", async () => {
    const started = await startMonitored(state(), "read x; yes", { tee: BOTH, stdin: true, attended: true });
    started.running.child.stdout?.destroy();
    started.attach().send(STREAM.input, "\n");
    expect((await started.running.ended).code).toBe(141);
  });

  test("goes behind what the caller has written to a regular file", async () => {
    const path = dir.in("file");
    writeFileSync(path, "before\n");
    const fd = openSync(path, constants.O_RDWR);
    readSync(fd, new Uint8Array(7));
    const started = await startMonitored(state(), "echo out", { tee: BOTH, plan: { stdout: fd } });
    await started.running.ended;
    writeSync(fd, "after\n");
    closeSync(fd);
    expect(readFileSync(path, "utf8")).toBe("before\nout\nafter\n");
  });

  test("that nobody takes holds the container back; signals reach it, its end is told, and nothing is lost", async () => {
    const { read, write } = fifo("full");
    const started = await startMonitored(state(), "trap 'exit 7' TERM; seq 1 200000 & wait; echo done", {
      tee: 1,
      plan: { stdout: write },
    });
    await eventually("the writer is held back", () => /pipe/.test(childrenWait(started.pid())));
    started.running.child.kill("SIGTERM");
    await eventually("the end is told", () => existsSync(`${started.state}/exit`));
    expect(started.running.child.exitCode).toBe(null);
    const text = await readUntil(read, () => started.running.child.exitCode !== null);
    closeSync(read);
    closeSync(write);
    expect((await started.running.ended).code).toBe(7);
    expect(text).toStartWith("1\n2\n3\n");
    expect(text.length).toBeGreaterThan(2 * 65_536);
  });

  test("that others go on holding does not keep the end back for long", async () => {
    const started = await startMonitored(state(), "sleep 30 & echo $!", { tee: BOTH, flags: 0 });
    const { stdout, code } = await started.running.ended;
    expect(code).toBe(0);
    process.kill(Number(stdout), "SIGKILL");
  });
});

describe("an attach client without a terminal", () => {
  test("gets both streams, writes, ends the input, and gets the status last", async () => {
    const started = await startMonitored(state(), "read x; echo got $x; echo err >&2; cat; exit 3", { stdin: true });
    const client = started.attach();
    client.send(STREAM.input, "hello\n");
    await client.until("got hello\n");
    client.send(STREAM.input, "more");
    await client.until("more");
    client.send(STREAM.end, "");
    await client.closed;
    expect([client.output, client.errors, client.status]).toEqual(["got hello\nmore", "err\n", 0x300]);
  });

  test("may write faster than the container reads", async () => {
    const started = await startMonitored(state(), "read x; cat | wc -c", { stdin: true });
    const client = started.attach();
    client.send(STREAM.input, "\n");
    for (let i = 0; i < 100; i++) client.send(STREAM.input, "x".repeat(10_000));
    client.send(STREAM.end, "");
    await client.closed;
    expect(client.output).toBe("1000000\n");
  });

  test("finds the input open after another has gone", async () => {
    const started = await startMonitored(state(), "read x; echo $x; read x; echo $x", { stdin: true });
    const one = started.attach();
    one.send(STREAM.input, "one\n");
    await one.until("one\n");
    one.socket.destroy();
    const two = started.attach();
    two.send(STREAM.input, "two\n");
    await two.closed;
    expect(two.output).toBe("two\n");
  });
});

test("the container's user may open its streams anew", async () => {
  const before = [op("ownStdio", { uid: 1234 }, "t"), op("setgid", { gid: 1234 }, "t"), op("setuid", { uid: 1234 }, "t")];
  const started = await startMonitored(state(), "echo out >/dev/stdout; echo err >/dev/stderr; id -u", { tee: BOTH, before });
  const { stdout, stderr } = await started.running.ended;
  expect([stdout, stderr]).toEqual(["out\n1234\n", "err\n"]);
});

describe("the monitor of streams", () => {
  test("sleeps while there is nothing to do, and stays small", async () => {
    const log = { driver: "json-file", path: dir.in("small.log") } as const;
    const started = await startMonitored(state(), "seq 1 100000; read x", { log, stdin: true });
    await eventually("all is logged", () => existsSync(log.path) && readFileSync(log.path, "utf8").includes('"100000\\n"'));
    const monitor = `/proc/${started.running.child.pid}`;
    const switches = () => /^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(`${monitor}/status`, "utf8"))?.[1];
    const before = switches();
    await Bun.sleep(300);
    expect(switches()).toBe(before);
    const pss = Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`${monitor}/smaps_rollup`, "utf8"))?.[1]);
    if (process.env.TEU_TEST_LAUNCHER === undefined) expect(pss).toBeLessThan(1024);
    process.kill(started.pid(), "SIGKILL");
    await started.running.ended;
  });

  test("leaves onExit to whoever started it, while that lives", async () => {
    const mark = dir.in("attended");
    const onExit = ["/bin/sh", "-c", `: > ${mark}`];
    await (await startMonitored(state(), "exit 0", { onExit, attended: true })).running.ended;
    expect(existsSync(mark)).toBe(false);
    await (await startMonitored(state(), "exit 0", { onExit })).running.ended;
    expect(existsSync(mark)).toBe(true);
  });
});

describe("init", () => {
  const init = op("init", {}, "t");
  const NAMESPACES = K.CLONE_NEWPID | K.CLONE_NEWNS;

  // biome-ignore format: table
  const rows = [
    { name: "exits with the program's status", script: "exit 9", code: 9 },
    { name: "says of a signal what a shell says", script: "kill -9 $$", code: 137 },
  ];
  for (const { name, script, code } of rows) {
    test(name, async () => {
      const started = await startMonitored(state(), script, { flags: NAMESPACES, before: [init] });
      expect((await started.running.ended).code).toBe(code);
    });
  }

  test("is process 1, the program is not, and its streams are open there", async () => {
    const script = "mount -t proc proc /proc; echo $$; tr '\\0' ' ' </proc/1/cmdline; cat /proc/1/comm; echo through >/proc/1/fd/1";
    const before = [
      op(
        "mountSetattr",
        { dir: undefined, path: "/", flags: K.AT_RECURSIVE, set: 0, clear: 0, propagation: K.MS_PRIVATE, userns: undefined },
        "t",
      ),
      init,
    ];
    const { stdout } = await (await startMonitored(state(), script, { flags: NAMESPACES, tee: BOTH, before })).running.ended;
    expect(stdout.replaceAll(/ +/g, " ")).toBe("2\nteu-init teu-init\nthrough\n");
  });

  test("forwards signals, and reaps what others leave", async () => {
    const script = "trap 'echo term; exit 5' TERM; echo ready; sh -c 'sleep 0.01 & echo $!' > /dev/null; while :; do sleep 0.01; done";
    const started = await startMonitored(state(), script, { flags: NAMESPACES, tee: BOTH, before: [init] });
    const client = started.attach();
    await eventually("the orphan has been reaped", () => {
      const pids = readFileSync(`/proc/${started.pid()}/task/${started.pid()}/children`, "utf8").trim().split(" ");
      return pids.length === 1 && (readFileSync(`/proc/${pids[0]}/task/${pids[0]}/children`, "utf8").trim() ?? "") !== "";
    });
    const rss = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${started.pid()}/status`, "utf8"))?.[1]);
    if (process.env.TEU_TEST_LAUNCHER === undefined) expect(rss).toBeLessThan(400);
    process.kill(started.running.child.pid ?? 0, "SIGTERM");
    const { code, stdout } = await started.running.ended;
    expect([code, stdout]).toEqual([5, "ready\nterm\n"]);
    await client.closed;
  });
});
