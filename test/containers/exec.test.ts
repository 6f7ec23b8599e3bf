// `teu exec` on the real kernel: as each caller, in a container that runs in the background.
import { describe, expect } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Cli, cliTest, cliTests, ROOT } from "../cli/callers.ts";
import { eventually } from "../support/run.ts";
import { startBox } from "./box.ts";

/** A container's /tmp of the test's own: the root file system is everybody's. */
const ownTmp = (cli: Cli) => ["-v", `${cli.roots.directory}:/tmp`];

/** Namespaces by name. */
const KINDS = ["cgroup", "ipc", "mnt", "net", "pid", "user", "uts"];

describe("the program", () => {
  // biome-ignore format: table
  const rows: readonly { readonly name: string; readonly flags?: readonly string[]; readonly args: readonly string[]; readonly status?: number; readonly stdout: string }[] = [
    { name: "gives its exit status", args: ["sh", "-c", "echo hi; exit 7"], status: 7, stdout: "hi\n" },
    { name: "that a signal ends gives 128 + n", args: ["sh", "-c", "kill -9 $$"], status: 137, stdout: "" },
    { name: "is in the container's files, directory and name", args: ["sh", "-c", "pwd; test -e /bin/busybox && echo there"], stdout: "/\nthere\n" },
    { name: "has another directory", flags: ["-w", "/tmp"], args: ["pwd"], stdout: "/tmp\n" },
    { name: "has other variables, over the container's", flags: ["-e", "A=1", "-e", "B=3"], args: ["sh", "-c", "echo $A $B $HOME"], stdout: "1 3 /root\n" },
    { name: "has no terminal, and is not told of one", args: ["sh", "-c", "tty; test -z \"$TERM\" && echo none"], stdout: "not a tty\nnone\n" },
    { name: "reads nothing without -i", args: ["cat"], stdout: "" },
    { name: "has the ids that are asked for", flags: ["-u", "5:6"], args: ["id"], stdout: "uid=5 gid=6 groups=6\n" },
    { name: "has the container's capabilities", args: ["sh", "-c", "grep -c CapInh:.0000000000000000 /proc/self/status"], stdout: "1\n" },
  ];
  cliTests("does what it is asked to", async (cli) => {
    await using box = await startBox(cli, { flags: ["-e", "B=2"] });
    for (const { name, flags = [], args, status = 0, stdout } of rows)
      expect({ name, ...(await box.exec(flags, ...args)) }).toEqual({ name, status, stdout, stderr: "" });
    expect(box.execs()).toEqual([]);
  });

  cliTests("is in all namespaces and cgroups of the container", async (cli) => {
    await using box = await startBox(cli);
    const look = `for k in ${KINDS.join(" ")}; do readlink /proc/self/ns/$k; done; cat /proc/self/cgroup`;
    const own = (await box.exec([], "sh", "-c", look.replaceAll("self", "1"))).stdout;
    expect(own.split("\n").length).toBeGreaterThan(KINDS.length);
    expect((await box.exec([], "sh", "-c", look)).stdout).toBe(own);
  });

  cliTests("gets standard input with -i, and keeps its outputs apart", async (cli) => {
    await using box = await startBox(cli);
    const { status, stdout, stderr } = await cli.teu(["exec", "-i", box.name, "sh", "-c", "cat; echo wrong >&2"], { stdin: "typed\n" });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "typed\n", stderr: "wrong\n" });
  });

  cliTests("is told by SIGPIPE that nobody reads its output any more", async (cli) => {
    await using box = await startBox(cli);
    const line = '"$0" exec "$1" sh -c "yes; echo \\$? >&2" | head -n 1';
    expect(await cli.run(["sh", "-c", line, cli.program, box.name])).toEqual({ status: 0, stdout: "y\n", stderr: "141\n" });
  });

  cliTests("may be many at once, each with its own output and status", async (cli) => {
    await using box = await startBox(cli);
    const numbers = Array.from({ length: 12 }, (_, number) => number);
    const all = await Promise.all(numbers.map((number) => box.exec([], "sh", "-c", `echo ${number}; exit ${number}`)));
    expect(all).toEqual(numbers.map((number) => ({ status: number, stdout: `${number}\n`, stderr: "" })));
    expect(box.execs()).toEqual([]);
  });
});

describe("its user", () => {
  cliTests("is looked up in the accounts that the container has now", async (cli) => {
    const etc = cli.roots.path("etc");
    await cli.run(["mkdir", etc]);
    await cli.run(["sh", "-c", `echo 'app:x:7:8::/home/app:/bin/sh' >${etc}/passwd; printf 'app:x:8:\\nextra:x:9:app\\n' >${etc}/group`]);
    await using box = await startBox(cli, { flags: ["-v", `${etc}:/etc`] });
    const who = (user: string) => box.exec(["-u", user], "sh", "-c", "id -u; id -g; id -G; echo $HOME");
    expect(await who("app")).toEqual({ status: 0, stdout: "7\n8\n8 9\n/home/app\n", stderr: "" });
    expect((await who("7")).stdout).toBe("7\n8\n8 9\n/home/app\n");
    expect((await who("app:extra")).stdout).toBe("7\n9\n9\n/home/app\n");
    await box.exec([], "sh", "-c", "echo 'late:x:3:4::/late:/bin/sh' >>/etc/passwd");
    expect((await who("late")).stdout).toBe("3\n4\n4\n/late\n");
    const missing = await who("nobody-here");
    expect(missing).toMatchObject({ status: 126, stdout: "" });
    expect(missing.stderr).toContain('unable to find user "nobody-here": no matching entries in passwd file');
  });

  cliTests("is not read through a link or a pipe that the container has put in the way", async (cli) => {
    const etc = cli.roots.path("etc");
    await cli.run(["mkdir", etc]);
    await cli.run(["sh", "-c", `ln -s /proc/1/root/../../../../../../../../etc/passwd ${etc}/passwd; mkfifo ${etc}/group`]);
    await using box = await startBox(cli, { flags: ["-v", `${etc}:/etc`] });
    const { status, stderr } = await box.exec(["-u", "root"], "true");
    expect(status).toBe(126);
    expect(stderr).toMatch(/read \/etc\/(passwd|group) of the container: /);
  });
});

describe("--privileged", () => {
  cliTests("gives all capabilities that the container can have", async (cli) => {
    await using box = await startBox(cli);
    const bounding = async (...flags: string[]) =>
      BigInt(`0x${(await box.exec(flags, "sh", "-c", "sed -n 's/CapBnd:.//p' /proc/self/status")).stdout.trim()}`);
    const [plain, all] = [await bounding(), await bounding("--privileged")];
    expect(all & plain).toBe(plain);
    expect(all).toBeGreaterThan(plain);
  });
});

describe("what cannot be run", () => {
  cliTests("has docker's exit statuses", async (cli) => {
    await using box = await startBox(cli);
    const rows = [
      { args: ["no-such-program"], status: 127, says: 'execute "no-such-program"' },
      { args: ["/no/such/program"], status: 127, says: "no such file or directory (ENOENT)" },
      { args: ["/tmp"], status: 126, says: "permission denied (EACCES)" },
    ];
    for (const { args, status, says } of rows) {
      const result = await box.exec([], ...args);
      expect(result).toMatchObject({ status, stdout: "" });
      expect(result.stderr).toContain(says);
    }
    const lost = await box.exec(["-w", "/no/such/directory"], "true");
    expect(lost.stderr).toContain("--workdir: no such file or directory (ENOENT)");
    expect(lost.status).toBe(126);
    expect(lost.stderr).toContain("change to the working directory /no/such/directory");
    expect((await box.exec(["-w", "relative"], "true")).stderr).toContain('--workdir: "relative" is not an absolute path');
    expect(await cli.teu(["exec", "no-such-container", "true"])).toEqual({
      status: 1,
      stdout: "",
      stderr: "teu: No such container: no-such-container\n",
    });
    expect(box.execs()).toEqual([]);
  });

  cliTests("is a program in a container that has ended", async (cli) => {
    await using box = await startBox(cli);
    await cli.teu(["kill", box.name]);
    await cli.teu(["wait", box.name]);
    expect(await box.exec([], "true")).toEqual({ status: 1, stdout: "", stderr: `teu: container ${box.id} is not running\n` });
  });

  // An ordinary user has no freezer here.
  cliTest(ROOT, "is one in a container that is paused", async (cli) => {
    await using box = await startBox(cli);
    await cli.teu(["pause", box.name]);
    expect(await box.exec([], "true")).toEqual({
      status: 1,
      stdout: "",
      stderr: `teu: container ${box.name} is paused, unpause the container before exec\n`,
    });
    await cli.teu(["unpause", box.name]);
  });
});

describe("a program that outlives its command", () => {
  cliTests("is what -d starts; its end is recorded", async (cli) => {
    await using box = await startBox(cli, { flags: ownTmp(cli) });
    expect(await box.exec(["-d"], "sh", "-c", "until [ -e /tmp/end ]; do sleep 0.02; done; exit 5")).toEqual({
      status: 0,
      stdout: "",
      stderr: "",
    });
    expect(box.execs()).toHaveLength(1);
    await box.exec([], "touch", "/tmp/end");
    await eventually("its end is taken", () => box.execs().length === 0);
    const failed = await box.exec(["-d"], "no-such-program");
    expect(failed.status).toBe(127);
    expect(box.execs()).toEqual([]);
  });

  cliTests("goes on when its command is killed, and its end is recorded", async (cli) => {
    await using box = await startBox(cli, { flags: ownTmp(cli) });
    const running = cli.start(["exec", box.name, "sh", "-c", "echo ready; until [ -e /tmp/end ]; do sleep 0.02; done; exit 5"]);
    await eventually("it runs", () => running.stdout() === "ready\n");
    running.kill("SIGKILL");
    await running.exited;
    running.dispose();
    expect(box.execs()).toHaveLength(1);
    await box.exec([], "touch", "/tmp/end");
    await eventually("its end is taken", () => box.execs().length === 0);
  });

  cliTests("ends when the container does", async (cli) => {
    await using box = await startBox(cli);
    const running = cli.start(["exec", box.name, "sh", "-c", "echo ready; exec sleep 1000"]);
    await eventually("it runs", () => running.stdout() === "ready\n");
    await cli.teu(["rm", "-f", box.name]);
    expect(await running.exited).toBe(137);
    running.dispose();
  });

  cliTest(ROOT, "ends with it where they have the host's pid namespace", async (cli) => {
    await using box = await startBox(cli, { flags: ["--pid", "host"] });
    const running = cli.start(["exec", box.name, "sh", "-c", "echo ready; exec sleep 1000"]);
    await eventually("it runs", () => running.stdout() === "ready\n");
    await cli.teu(["rm", "-f", box.name]);
    expect(await running.exited).toBe(137);
    running.dispose();
  });
});

describe("signals that the command gets", () => {
  cliTests("reach the program", async (cli) => {
    await using box = await startBox(cli, { flags: ownTmp(cli) });
    const traps = 'for s in HUP INT TERM USR1; do trap "echo $s" $s; done; echo ready; until [ -e /tmp/end ]; do sleep 0.02; done; exit 9';
    const running = cli.start(["exec", box.name, "sh", "-c", traps]);
    const said = (text: string) => eventually(`it says ${text}`, () => running.stdout().split("\n").includes(text));
    await said("ready");
    for (const signal of ["SIGHUP", "SIGINT", "SIGTERM", "SIGUSR1"] as const) {
      running.kill(signal);
      await said(signal.slice("SIG".length));
    }
    await box.exec([], "touch", "/tmp/end");
    expect(await running.exited).toBe(9);
    running.dispose();
  });

  cliTests("end it alone with --sig-proxy=false, as with docker", async (cli) => {
    await using box = await startBox(cli);
    const running = cli.start(["exec", "--sig-proxy=false", box.name, "sh", "-c", "echo ready; exec sleep 1000"]);
    await eventually("it runs", () => running.stdout() === "ready\n");
    running.kill("SIGTERM");
    expect(await running.exited).toBe(143);
    running.dispose();
    expect((await box.exec([], "sh", "-c", "ps | grep -c '[s]leep 1000'")).stdout).toBe("2\n");
  });
});

describe("the plan of an exec", () => {
  cliTest(ROOT, "is kept with the container, and one that failed is not", async (cli) => {
    await using box = await startBox(cli);
    const kept = join(cli.roots.runRoot, "containers", box.id, "plans-of-execs");
    await box.exec([], "true");
    expect(readdirSync(kept)).toHaveLength(1);
    expect((await box.exec([], "true")).status).toBe(0);
    expect(readdirSync(kept)).toHaveLength(1);
    for (const name of readdirSync(kept)) writeFileSync(join(kept, name), "damaged");
    expect((await box.exec([], "true")).status).toBe(0);
    await box.exec([], "no-such-program");
    expect(readdirSync(kept)).toHaveLength(1);
    await box.exec(["-e", "A=1"], "true");
    expect(readdirSync(kept)).toHaveLength(2);
    expect(existsSync(kept) && readFileSync(join(kept, readdirSync(kept)[0] ?? "")).length).toBeGreaterThan(1000);
  });
});
