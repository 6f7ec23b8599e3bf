// `exec`: one more process in a running container.
import { expect } from "bun:test";
import { existsSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { executable } from "../support/executables.ts";
import { requires } from "../support/requires.ts";
import { withRoots } from "../support/roots.ts";
import { eventually, start } from "../support/run.ts";
import { container, namespaceOf, running } from "./container.ts";

const { describe, test } = requires("root", "busybox");

const KINDS = ["pid", "mnt", "net", "ipc", "uts", "cgroup"];

describe("the process", () => {
  test("is in all namespaces and cgroups of the container", () =>
    withRoots(async (roots) => {
      const made = await running({ roots });
      const pidFile = roots.path("exec.pid");
      await made.must("exec", ["--detach", "--pid-file", pidFile], ["sleep", "1000"]);
      const [pid, { pid: init }] = [Number(readFileSync(pidFile, "utf8")), await made.state()];
      for (const kind of KINDS) expect(await namespaceOf(pid, kind)).toBe(await namespaceOf(init, kind));
      expect(readFileSync(`/proc/${pid}/cgroup`, "utf8")).toBe(readFileSync(`/proc/${init}/cgroup`, "utf8"));
      expect(readFileSync(`/proc/${pid}/oom_score_adj`, "utf8")).toBe(readFileSync(`/proc/${init}/oom_score_adj`, "utf8"));
      await made.must("delete", ["--force"]);
    }));

  const rows = [
    { name: "passes its exit status on", flags: [], command: ["sh", "-c", "exit 9"], status: 9, output: "" },
    { name: "says 128 + n for signal n", flags: [], command: ["sh", "-c", "kill -9 $$"], status: 137, output: "" },
    { name: "has the container's host name", flags: [], command: ["hostname"], status: 0, output: "container\n" },
    { name: "takes a working directory", flags: ["--cwd", "/tmp"], command: ["pwd"], status: 0, output: "/tmp\n" },
    {
      name: "takes variables over the container's own",
      flags: ["-e", "TERM=dumb", "-e", "A=1"],
      command: ["sh", "-c", "echo $TERM $A"],
      status: 0,
      output: "dumb 1\n",
    },
    {
      name: "takes a user and a group",
      flags: ["--user", "1000:1001"],
      command: ["sh", "-c", "id -u; id -g; id -G"],
      status: 0,
      output: "1000\n1001\n1001\n",
    },
    { name: "takes further groups", flags: ["-u", "5:6", "-g", "7", "-g", "8"], command: ["id", "-G"], status: 0, output: "6 7 8\n" },
    {
      name: "has the container's capabilities, none of them inheritable",
      flags: [],
      command: ["sh", "-c", "grep -E 'CapInh|CapEff|CapBnd' /proc/self/status"],
      status: 0,
      output: "CapInh:\t0000000000000000\nCapEff:\t0000000020000420\nCapBnd:\t0000000020000420\n",
    },
    {
      name: "takes further capabilities",
      flags: ["--cap", "CAP_CHOWN"],
      command: ["grep", "CapEff", "/proc/self/status"],
      status: 0,
      output: "CapEff:\t0000000020000421\n",
    },
    {
      name: "has no new privileges",
      flags: ["--no-new-privs"],
      command: ["grep", "NoNewPrivs", "/proc/self/status"],
      status: 0,
      output: "NoNewPrivs:\t1\n",
    },
    {
      name: "does not take the container's flags for its own",
      flags: [],
      command: ["echo", "-u", "--help"],
      status: 0,
      output: "-u --help\n",
    },
  ];
  for (const { name, flags, command, status, output } of rows) {
    test(name, () =>
      withRoots(async (roots) => {
        const made = await running({ roots });
        expect(await made.verb("exec", flags, command)).toMatchObject({ status, stdout: output });
        await made.must("delete", ["--force"]);
      }),
    );
  }

  test("is told by a file", () =>
    withRoots(async (roots) => {
      const made = await running({ roots });
      const file = roots.path("process.json");
      writeFileSync(
        file,
        JSON.stringify({ cwd: "/tmp", args: ["sh", "-c", "pwd; echo $X; id -u"], env: ["PATH=/bin", "X=y"], user: { uid: 3, gid: 3 } }),
      );
      expect(await made.must("exec", ["--process", file])).toBe("/tmp\ny\n3");
      writeFileSync(file, JSON.stringify({ cwd: "tmp", args: [], capabilities: { bounding: "x" } }));
      const wrong = await made.verb("exec", ["--process", file]);
      expect(wrong.stderr).toContain("cwd");
      expect(wrong.stderr).toContain("capabilities.bounding");
      await made.must("delete", ["--force"]);
    }));

  test("of which there may be many at once", () =>
    withRoots(async (roots) => {
      const made = await running({ roots });
      const outputs = await Promise.all(
        Array.from({ length: 6 }, (_, index) => made.must("exec", [], ["sh", "-c", `sleep 0.1; echo ${index}`])),
      );
      expect(outputs).toEqual(["0", "1", "2", "3", "4", "5"]);
      await made.must("delete", ["--force"]);
    }));

  test("gets the signals that the caller is sent", () =>
    withRoots(async (roots) => {
      const made = await running({ roots });
      const script = "trap 'exit 21' TERM; touch /ready; while :; do sleep 0.05; done";
      const argv = [executable("teu-runtime"), "--root", join(roots.runRoot, "runtime"), "exec", made.id, "sh", "-c", script];
      const exec = start(argv);
      await eventually("the trap is set", () => existsSync(`${made.bundle}/rootfs/ready`));
      exec.kill("SIGTERM");
      expect(await exec.exited).toBe(21);
      exec.dispose();
      await made.must("delete", ["--force"]);
    }));

  test("keeps the descriptors that it is to keep, in their places, and no other", () =>
    withRoots(async (roots) => {
      const made = await running({ roots });
      const files = [0, 1, 2, 3].map((number) => roots.path(`file${number}`));
      for (const [number, file] of files.entries()) writeFileSync(file, `content ${number}\n`);
      const argv = [executable("teu-runtime"), "--root", join(roots.runRoot, "runtime"), "exec", "--preserve-fds", "4", made.id];
      const child = Bun.spawn([...argv, "sh", "-c", "cat <&3; cat <&4; cat <&5; cat <&6; ls /proc/self/fd"], {
        stdio: ["ignore", "pipe", "pipe", ...files.map((file) => openSync(file, "r"))],
      });
      const output = await new Response(child.stdout as ReadableStream).text();
      // The last one is the directory that ls reads.
      expect(output.split("\n")).toEqual(["content 0", "content 1", "content 2", "content 3", ..."01234567", ""]);
      expect(await child.exited).toBe(0);
      await made.must("delete", ["--force"]);
    }));

  test("is under the container's seccomp filter", () =>
    withRoots(async (roots) => {
      const made = await running({
        roots,
        linux: {
          seccomp: { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 95 }] },
        },
      });
      expect((await made.verb("exec", [], ["mkdir", "/tmp/x"])).stderr).toContain("not supported");
      await made.must("delete", ["--force"]);
    }));

  test("runs on the processors asked for", () =>
    withRoots(async (roots) => {
      const made = await running({ roots });
      const file = roots.path("process.json");
      writeFileSync(
        file,
        JSON.stringify({
          cwd: "/",
          args: ["grep", "Cpus_allowed_list", "/proc/self/status"],
          env: ["PATH=/bin"],
          execCPUAffinity: { initial: "1", final: "0" },
        }),
      );
      expect(await made.must("exec", ["--process", file])).toBe("Cpus_allowed_list:\t0");
      await made.must("delete", ["--force"]);
    }));
});

describe("a container with a user namespace", () => {
  const maps = {
    uidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
    gidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
  };
  test("is entered in all its namespaces, as its root", () =>
    withRoots(async (roots) => {
      const namespaces = ["pid", "network", "ipc", "uts", "mount", "cgroup", "user"] as const;
      const made = await running({ roots, linux: { ...maps, namespaces: namespaces.map((type) => ({ type })) } });
      const { pid } = await made.state();
      const pidFile = roots.path("exec.pid");
      await made.must("exec", ["-d", "--pid-file", pidFile], ["sleep", "1000"]);
      const other = Number(readFileSync(pidFile, "utf8"));
      for (const kind of [...KINDS, "user"]) expect(await namespaceOf(other, kind)).toBe(await namespaceOf(pid, kind));
      expect(await made.must("exec", ["-u", "5:6"], ["sh", "-c", "id -u; id -G; cat /proc/self/setgroups"])).toBe("5\n6\nallow");
      await made.must("delete", ["--force"]);
    }));
});

describe("refusals", () => {
  test("a stopped, a paused and an unknown container; a program that is not there; a terminal that has nowhere to go", () =>
    withRoots(async (roots) => {
      const made = await running({ roots });
      expect(await made.verb("exec", [], ["nonesuch"])).toMatchObject({
        status: 255,
        stderr: expect.stringContaining("no such file or directory"),
      });
      expect(await made.verb("exec")).toMatchObject({ status: 255, stderr: expect.stringContaining("neither a command nor --process") });
      expect(await made.verb("exec", ["--user", "root"], ["true"])).toMatchObject({
        status: 255,
        stderr: expect.stringContaining("not a numeric id"),
      });
      expect(await made.verb("exec", ["--cap", "CAP_NONE"], ["true"])).toMatchObject({ stderr: expect.stringContaining("no capability") });
      expect(await made.verb("exec", ["--detach", "--tty"], ["true"])).toMatchObject({
        status: 255,
        stderr: expect.stringContaining("terminal"),
      });
      await made.must("pause");
      expect(await made.verb("exec", [], ["true"])).toMatchObject({ status: 255, stderr: expect.stringContaining("paused container") });
      await made.must("resume");
      await made.must("kill", [], ["KILL"]);
      await eventually("it has stopped", async () => (await made.state()).status === "stopped");
      expect(await made.verb("exec", [], ["true"])).toMatchObject({ status: 255, stderr: expect.stringContaining("stopped container") });
      await made.must("delete");
      expect(await made.verb("exec", [], ["true"])).toMatchObject({ status: 255, stderr: expect.stringContaining("does not exist") });
    }));

  test("a created container can be entered before it is started", () =>
    withRoots(async (roots) => {
      const made = await container({ roots, args: ["true"] });
      await made.must("create");
      expect(await made.must("exec", [], ["hostname"])).toBe("container");
      await made.must("delete", ["--force"]);
    }));
});

describe("--cgroup", () => {
  test("leads below the container's cgroups only", () =>
    withRoots(async (roots) => {
      const made = await running({ roots });
      for (const [flag, text] of [
        ["../..", "leads out"],
        ["none:x", "no cgroup of controller"],
        ["a:b:c", "[CONTROLLERS:]PATH"],
      ] as const) {
        expect([flag, (await made.verb("exec", ["--cgroup", flag], ["true"])).stderr]).toEqual([flag, expect.stringContaining(text)]);
      }
      expect((await made.verb("exec", ["--cgroup", "missing"], ["true"])).stderr).toContain("no such file or directory");
      await made.must("delete", ["--force"]);
    }));
});
