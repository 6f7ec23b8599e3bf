// `teu run -it`: a shell of a Debian root file system on a real terminal, as a person uses it.
import { expect } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { KEY, type Pty } from "../support/pty.ts";
import { debianRootfs } from "../support/rootfs.ts";
import { eventually } from "../support/run.ts";
import { type Cli, cliTests } from "./callers.ts";

const containersOf = (cli: Cli): string[] => {
  const directory = join(cli.roots.runRoot, "containers");
  return existsSync(directory) ? readdirSync(directory) : [];
};

const goneSoon = (cli: Cli) => eventually("the container is removed", () => containersOf(cli).length === 0);

/** A job that is the terminal's foreground process group before it says so. */
const IN_FOREGROUND = "sh -c 'echo begun; exec sleep 100'";

/** Types a line into a shell whose prompt is seen, and waits for its answer. */
async function ask(pty: Pty, line: string, answer: string | RegExp): Promise<RegExpExecArray> {
  pty.send(`${line}\r`);
  return pty.expect(answer);
}

cliTests(
  "Debian's bash runs apt-get, ps and mount, and ends with the status of its last command",
  async (cli) => {
    await using pty = cli.pty(["run", "-it", "--rm", "--name", cli.roots.id("c"), "--rootfs", await debianRootfs(), "bash"]);
    await pty.expect(/root@\w+\S*:\/# /);
    await ask(pty, "apt-get --version", /apt \d+\.\d+\.\d+ \(/);
    await ask(pty, "ps -o pid,tty,comm", /\n\s+1 pts\/0\s+bash\r/);
    await ask(pty, "mount", / on \/proc type proc \(/);
    await ask(pty, "tty; echo seen", /\/dev\/pts\/0\r\nseen/);
    pty.send("exit 3\r");
    expect(await pty.exited).toBe(3);
    expect(containersOf(cli)).toEqual([]);
  },
  { needs: ["mmdebstrap"] },
);

cliTests("Ctrl-C interrupts the program in the foreground, not the shell and not teu", async (cli) => {
  await using pty = cli.pty([...cli.container("c", "-it"), "sh"]);
  await pty.expect("# ");
  await ask(pty, IN_FOREGROUND, "begun\r\n");
  pty.send(KEY.interrupt);
  await ask(pty, "echo status $?", /status 130\r/);
  pty.send(KEY.endOfFile);
  expect(await pty.exited).toBe(0);
});

cliTests("Ctrl-Z stops a job of the container's shell, and fg continues it", async (cli) => {
  await using pty = cli.pty([...cli.container("c", "-it"), "sh"]);
  const job = async () => {
    const { stdout } = await cli.teu(["exec", cli.roots.id("c"), "ps", "-o", "stat,args"]);
    return /^(\w)\S* +sleep 100$/m.exec(stdout)?.[1] ?? stdout;
  };
  await pty.expect("# ");
  await ask(pty, IN_FOREGROUND, "begun\r\n");
  pty.send(KEY.suspend);
  await pty.expect(/Stopped/);
  expect(await job()).toBe("T");
  await ask(pty, "fg", "exec sleep 100");
  await eventually("the job goes on", async () => (await job()) === "S");
  pty.send(KEY.interrupt);
  await ask(pty, "exit 0", "");
  expect(await pty.exited).toBe(0);
});

cliTests("the container's window has the caller's size from the first moment, and follows it", async (cli) => {
  const watch = "stty size; trap 'stty size' WINCH; while :; do sleep 0.05; done";
  await using pty = cli.pty([...cli.container("c", "-it"), "sh", "-c", watch], { rows: 33, columns: 121 });
  await pty.expect("33 121\r\n");
  pty.resize(40, 100);
  await pty.expect("40 100\r\n");
  pty.resize(50, 300);
  await pty.expect("50 300\r\n");
  pty.send(KEY.interrupt);
  expect(await pty.exited).toBe(130);
});

/** The one child of a process (proc_pid_task_children(5)). */
const childOf = (pid: number) => Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8"));

/** Runs `line` in a shell on a terminal and tells the terminal's settings before and after (`stty -g`, and whether it is non-blocking). */
async function settingsAround(cli: Cli, line: string, during: (pty: Pty) => Promise<void>): Promise<readonly string[]> {
  await using pty = cli.shell();
  const look = 'echo "<$(stty -g) $(grep flags /proc/self/fdinfo/0)>"';
  await pty.expect("$ ");
  const seen = /<([0-9a-f:]+ flags:\s*\d+)>/;
  const before = await ask(pty, look, seen);
  pty.send(`${line}\r`);
  await during(pty);
  await pty.expect("$ ");
  const after = await ask(pty, look, seen);
  pty.send(KEY.endOfFile);
  await pty.exited;
  return [before[1] ?? "", after[1] ?? ""];
}

const ENDINGS: readonly { readonly name: string; readonly program: string; readonly during: (pty: Pty) => Promise<void> }[] = [
  {
    name: "the program ends",
    program: "sh -c 'echo raw; sleep 0.2'",
    during: async (pty) => void (await pty.expect("raw\r\n")),
  },
  { name: "the program is not found", program: "nosuch", during: async (pty) => void (await pty.expect("of this name\r\n")) },
  {
    name: "the user leaves",
    program: "sh -c 'echo raw; sleep 100'",
    during: async (pty) => {
      await pty.expect("raw\r\n");
      await Bun.sleep(50);
      pty.send(KEY.detach);
    },
  },
  {
    name: "teu is told to end",
    program: "sh -c 'trap \"echo told; exit\" TERM; (sleep 0.3; echo raw) & while :; do sleep 0.05; done'",
    during: async (pty) => {
      await pty.expect("raw\r\n");
      process.kill(childOf(pty.pid), "SIGTERM");
      await pty.expect("told\r\n");
    },
  },
];

for (const { name, program, during } of ENDINGS) {
  cliTests(
    `the terminal's settings are as before when ${name}`,
    async (cli) => {
      const [before, after] = await settingsAround(cli, `$TEU ${cli.container("c", "-it").join(" ")} ${program}`, during);
      expect(before).toMatch(/^[0-9a-f:]+ flags/);
      expect(after).toBe(before as string);
      await cli.teu(["rm", "-f", cli.roots.id("c")]);
    },
    { leftovers: "sweep" },
  );
}

for (const { keys, flags } of [
  { keys: KEY.detach, flags: [] },
  { keys: "\x01x", flags: ["--detach-keys", "ctrl-a,x"] },
] as const) {
  cliTests(`the detach keys ${flags[1] ?? "ctrl-p,ctrl-q"} leave a container that goes on and is removed at its end`, async (cli) => {
    await using pty = cli.pty([
      ...cli.container("c", "-it", ...flags),
      "sh",
      "-c",
      "echo ready; read line; echo got $line; sleep 0.3; exit 5",
    ]);
    await pty.expect("ready");
    pty.send(keys);
    expect(await pty.exited).toBe(0);
    expect(containersOf(cli)).toEqual([await cli.idOf("c")]);
    await using again = cli.pty(["attach", cli.roots.id("c")]);
    again.send("word\r");
    await again.expect("got word");
    expect(await again.exited).toBe(5);
    await goneSoon(cli);
  });
}

cliTests("who attaches sees the program draw again, with the new window's size", async (cli) => {
  const draw = "draw() { echo drawn $(stty size); }; trap draw WINCH; draw; while :; do sleep 0.02; done";
  await using pty = cli.pty([...cli.container("c", "-it"), "sh", "-c", draw], { rows: 30, columns: 90 });
  await pty.expect("drawn 30 90");
  pty.send(KEY.detach);
  expect(await pty.exited).toBe(0);
  await using again = cli.pty(["attach", cli.roots.id("c")], { rows: 30, columns: 90 });
  await again.expect("drawn 30 90");
  again.send(KEY.interrupt);
  expect(await again.exited).toBe(130);
  await goneSoon(cli);
});

cliTests("without --rm a container that was left shows as stopped until it is removed", async (cli) => {
  const name = cli.roots.id("c");
  await using pty = cli.pty(["run", "-it", "--name", name, "--rootfs", cli.rootfs, "sh", "-c", "echo ready; sleep 0.5; exit 4"]);
  await pty.expect("ready");
  pty.send(KEY.detach);
  expect(await pty.exited).toBe(0);
  await eventually("it has ended", async () => (await cli.teu(["ps", "-a"])).stdout.includes("Exited (4)"));
  expect(await cli.teu(["rm", name])).toEqual({ status: 0, stdout: `${name}\n`, stderr: "" });
});

cliTests("half of the detach keys is input like any other", async (cli) => {
  await using pty = cli.pty([...cli.container("c", "-it"), "sh", "-c", "stty raw -echo; echo ready; dd bs=1 count=2 2>/dev/null | od -c"]);
  await pty.expect("ready");
  await Bun.sleep(50);
  pty.send("\x10y");
  await pty.expect(/020 {3}y/);
  expect(await pty.exited).toBe(0);
});

cliTests("when the terminal is closed, the container is told so and teu leaves", async (cli) => {
  const pty = cli.pty([...cli.container("c", "-it"), "sh", "-c", "trap 'sleep 0.2; exit 0' HUP; echo ready; while :; do sleep 0.05; done"]);
  await pty.expect("ready");
  process.kill(pty.pid, "SIGHUP");
  expect(await pty.exited).toBe(129);
  await pty[Symbol.asyncDispose]();
  await goneSoon(cli);
});

cliTests("when teu is killed, the container goes on under its monitor and rm --force ends it", async (cli) => {
  const name = cli.roots.id("c");
  const pty = cli.pty([...cli.container("c", "-it"), "sh", "-c", "echo ready; sleep 1000"]);
  await pty.expect("ready");
  await pty[Symbol.asyncDispose]();
  await Bun.sleep(50);
  expect(JSON.parse((await cli.teu(["runtime", "state", await cli.idOf("c")])).stdout)).toMatchObject({ status: "running" });
  expect(await cli.teu(["rm", "--force", name])).toEqual({ status: 0, stdout: `${name}\n`, stderr: "" });
  await goneSoon(cli);
});

cliTests("-t without -i shows a terminal that takes no input", async (cli) => {
  const outcome = await cli.teu([...cli.container("c", "-t"), "sh", "-c", "tty; test -t 0 && echo yes"], { stdin: "ignored" });
  expect(outcome).toEqual({ status: 0, stdout: "/dev/pts/0\r\nyes\r\n", stderr: "" });
});

cliTests("10 MB through a terminal arrive whole", async (cli) => {
  const script = "stty -opost; head -c 10000000 /dev/zero | tr '\\0' x";
  const command = ["run", "--rm", "-t", "--name", cli.roots.id("c"), "--rootfs", cli.rootfs, "sh", "-c", script];
  const outcome = await cli.teu(command);
  expect(outcome.status).toBe(0);
  expect(outcome.stdout.length).toBe(10_000_000);
  expect(/^x*$/.test(outcome.stdout)).toBe(true);
});

cliTests("a shell can stop and continue a run without -t", async (cli) => {
  await using pty = cli.shell();
  await pty.expect("$ ");
  pty.send(`set -m; $TEU ${cli.container("c").join(" ")} sh -c 'echo begun; sleep 1; exit 7'\r`);
  await pty.expect("begun\r\n");
  pty.send(KEY.suspend);
  await pty.expect(/Stopped|Suspended/);
  await ask(pty, "fg", /\$ /);
  await ask(pty, "echo status $?", /status 7\r/);
});

cliTests("--timings speaks on a terminal, too", async (cli) => {
  await using pty = cli.pty([...cli.container("c", "-t", "--timings"), "true"]);
  await pty.expect(/time by section[\s\S]*host +\d+\.\d+ ms[\s\S]*slowest ops:/);
  expect(await pty.exited).toBe(0);
});

cliTests("-it wants a terminal as input", async (cli) => {
  const outcome = await cli.teu([...cli.container("c", "-it"), "sh"], { stdin: "" });
  expect(outcome).toEqual({
    status: 1,
    stdout: "",
    stderr: "teu: the input device is not a TTY: with -t, standard input must be a terminal\n",
  });
});
