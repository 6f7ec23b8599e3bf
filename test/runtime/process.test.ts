// The process of a container: limits, scheduling, descriptors, terminal, files that tell of it (runtime-spec config.md "Process", runc(8)).
import { expect } from "bun:test";
import { existsSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { executable } from "../support/executables.ts";
import { requires } from "../support/requires.ts";
import { type TestRoots, withRoots } from "../support/roots.ts";
import { eventually, run, runOk, start } from "../support/run.ts";
import { container, outputOf, running } from "./container.ts";

const { describe, test } = requires("root", "busybox");

describe("the configuration's", () => {
  const rows = [
    {
      name: "resource limits hold",
      process: { rlimits: [{ type: "RLIMIT_NOFILE", soft: 123, hard: 456 }] },
      args: ["sh", "-c", "ulimit -Sn; ulimit -Hn"],
      output: "123\n456",
    },
    {
      name: "user, groups and umask hold",
      process: { user: { uid: 5, gid: 6, umask: 0o77, additionalGids: [7] } },
      args: ["sh", "-c", "id -u; id -G; umask"],
      output: "5\n6 7\n0077",
    },
    { name: "working directory is made and entered", process: { cwd: "/new/place" }, args: ["pwd"], output: "/new/place" },
    {
      name: "scheduler holds",
      process: { scheduler: { policy: "SCHED_BATCH", nice: 5 } },
      args: ["awk", "{print $19, $41}", "/proc/self/stat"],
      output: "5 3",
    },
    { name: "I/O priority is taken", process: { ioPriority: { class: "IOPRIO_CLASS_IDLE" } }, args: ["echo", "runs"], output: "runs" },
    { name: "OOM score holds", process: { oomScoreAdj: 321 }, args: ["cat", "/proc/self/oom_score_adj"], output: "321" },
    {
      name: "CPU affinity is for exec alone",
      process: { execCPUAffinity: { initial: "1", final: "1" } },
      args: ["grep", "-c", "Cpus_allowed_list:.1$", "/proc/self/status"],
      output: "0",
    },
  ] as const;
  for (const { name, process, args, output } of rows) {
    test(`${name}`, () =>
      withRoots(async (roots) => {
        const made = await container({ roots, args, process });
        expect((await made.verb("run")).stdout.trimEnd()).toBe(output);
      }));
  }

  test("sysctls of its own namespaces are set", () =>
    withRoots(async (roots) => {
      const sysctl = { "net.ipv4.ip_forward": "1", "kernel.msgmax": "4096", "net.ipv4.conf.lo.forwarding": "1" };
      const args = ["cat", "/proc/sys/net/ipv4/ip_forward", "/proc/sys/kernel/msgmax", "/proc/sys/net/ipv4/conf/lo/forwarding"];
      expect(await outputOf({ roots, args, linux: { sysctl } })).toBe("1\n4096\n1");
    }));

  test("environment is all that the program has", () =>
    withRoots(async (roots) => {
      const output = await outputOf({ roots, args: ["/bin/env"], process: { env: ["A=1", "B=two words"] } });
      expect(output.split("\n").filter((line) => !/^(PWD|SHLVL|_)=/.test(line))).toEqual(["A=1", "B=two words"]);
    }));
});

describe("descriptors", () => {
  test("those asked for are kept in their places, those not asked for are closed", () =>
    withRoots(async (roots) => {
      const made = await container({ roots, args: ["sh", "-c", "cat <&3; cat <&4; ls /proc/self/fd"] });
      const files = [0, 1, 2].map((number) => roots.path(`file${number}`));
      for (const [number, file] of files.entries()) writeFileSync(file, `content ${number}\n`);
      const argv = [
        executable("teu-runtime"),
        "--root",
        join(roots.runRoot, "runtime"),
        "run",
        "--preserve-fds",
        "2",
        "--bundle",
        made.bundle,
        made.id,
      ];
      const child = Bun.spawn(argv, { stdio: ["ignore", "pipe", "pipe", ...files.map((file) => openSync(file, "r"))] });
      const output = await new Response(child.stdout as ReadableStream).text();
      expect(output.split("\n")).toEqual(["content 0", "content 1", ..."012345", ""]); // 5 is the directory that ls reads
    }));

  test("of a socket activation are kept too, and told to the program", () =>
    withRoots(async (roots) => {
      const made = await container({ roots, args: ["sh", "-c", "cat <&3; echo $LISTEN_FDS $LISTEN_PID"] });
      const file = roots.path("file");
      writeFileSync(file, "activated\n");
      const argv = [executable("teu-runtime"), "--root", join(roots.runRoot, "runtime"), "run", "--bundle", made.bundle, made.id];
      const child = Bun.spawn(argv, { stdio: ["ignore", "pipe", "pipe", openSync(file, "r")], env: { ...process.env, LISTEN_FDS: "1" } });
      expect(await new Response(child.stdout as ReadableStream).text()).toBe("activated\n1 1\n");
    }));
});

test("--pid-file names the process before the program runs", () =>
  withRoots(async (roots) => {
    const made = await container({ roots, args: ["sleep", "1000"] });
    const file = roots.path("pid");
    await made.must("create", ["--pid-file", file]);
    expect(Number(readFileSync(file, "utf8"))).toBe((await made.state()).pid);
    await made.must("delete", ["--force"]);
  }));

/** Takes one descriptor from a Unix socket and copies what it reads from it, until the end, to a file. */
const RECEIVER = `
import array, os, socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1]); listener.listen(1)
connection, _ = listener.accept()
message, ancillary, _, _ = connection.recvmsg(100, socket.CMSG_SPACE(4))
fd = array.array("i", ancillary[0][2])[0]
os.write(1, b"message " + message + b"\\n")
try:
    while data := os.read(fd, 4096): os.write(1, data)
except OSError: pass
`;

async function receiver(roots: TestRoots, socket: string) {
  const program = roots.path("receiver.py");
  writeFileSync(program, RECEIVER);
  const running = start(["python3", program, socket]);
  await eventually("the socket is there", () => existsSync(socket));
  return running;
}

const terminal = requires("root", "busybox", "python3");
terminal.describe("--console-socket", () => {
  const script = "test -t 0 && test -t 1 && test -t 2 && tty && ls -l /proc/self/fd/0 | sed 's/.* -> //'";

  terminal.test("is sent the terminal of a container", () =>
    withRoots(async (roots) => {
      const socket = roots.path("console.sock");
      const outer = await receiver(roots, socket);
      const made = await container({
        roots,
        args: ["sh", "-c", `${script}; stty size; test -c /dev/console && echo console`],
        process: { terminal: true, consoleSize: { height: 30, width: 100 } },
      });
      await made.must("create", ["--console-socket", socket]);
      await made.must("start");
      await eventually("it has stopped", async () => (await made.state()).status === "stopped");
      await outer.exited;
      expect(outer.stdout().replaceAll("\r", "")).toBe("message /dev/ptmx\n/dev/pts/0\n/dev/pts/0\n30 100\nconsole\n");
      outer.dispose();
      await made.must("delete");
    }),
  );

  terminal.test("is sent the terminal of an exec, which is one of the container's own", () =>
    withRoots(async (roots) => {
      const socket = roots.path("console.sock");
      const outer = await receiver(roots, socket);
      const made = await running({ roots });
      await made.must("exec", ["--tty", "--detach", "--console-socket", socket], ["sh", "-c", script]);
      await outer.exited;
      expect(outer.stdout().replaceAll("\r", "")).toBe("message /dev/ptmx\n/dev/pts/0\n/dev/pts/0\n");
      outer.dispose();
      await made.must("delete", ["--force"]);
    }),
  );
});

test("a terminal and its socket are wanted together", () =>
  withRoots(async (roots) => {
    const with_ = await container({ roots, args: ["true"], process: { terminal: true } });
    expect((await with_.verb("create")).stderr).toContain("process.terminal");
    const without = await container({ roots, name: "without", args: ["true"] });
    expect((await without.verb("create", ["--console-socket", "/nowhere"])).stderr).toContain("process.terminal is not set");
    expect((await without.verb("run", ["--console-socket", "/nowhere"])).stderr).toContain("is for --detach");
  }));

test("a foreground run hands its caller's signals on", () =>
  withRoots(async (roots) => {
    const made = await container({ roots, args: ["sh", "-c", "trap 'exit 17' HUP; touch /ready; while :; do sleep 0.05; done"] });
    const runs = start([executable("teu-runtime"), "--root", join(roots.runRoot, "runtime"), "run", "--bundle", made.bundle, made.id]);
    await eventually("the trap is set", () => existsSync(`${made.bundle}/rootfs/ready`));
    runs.kill("SIGHUP");
    expect(await runs.exited).toBe(17);
    runs.dispose();
    expect(await run(["ls", join(roots.runRoot, "runtime")])).toMatchObject({ stdout: "" });
  }));

test("the spec verb writes what validates here, and no second time", () =>
  withRoots(async (roots) => {
    const rt = executable("teu-runtime");
    await runOk([rt, "spec", "--bundle", roots.directory]);
    expect(JSON.parse(readFileSync(roots.path("config.json"), "utf8"))).toMatchObject({ process: { args: ["sh"] } });
    expect(await run([rt, "spec", "--bundle", roots.directory])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("remove it first"),
    });
  }));
