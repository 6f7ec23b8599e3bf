// Signals of a `teu run` in the foreground, and what becomes of the container when teu itself is killed.
import { expect } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually, type Running } from "../support/run.ts";
import { type Cli, cliTests } from "./callers.ts";

/** A shell that says which signals reach it, and ends with its own status at the last. */
const TRAPS =
  'for s in HUP INT QUIT USR1 USR2 TERM; do trap "echo $s" $s; done; echo ready; while [ ! -e /tmp/end ]; do sleep 0.02; done; exit 9';

const said = (running: Running, text: string) => eventually(`it says ${text}`, () => running.stdout().split("\n").includes(text));

/** The monitor: the only child of `teu run`. */
const childrenOf = (pid: number) => readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);

const containersOf = (cli: Cli): readonly string[] => {
  const directory = join(cli.roots.runRoot, "containers");
  return existsSync(directory) ? readdirSync(directory) : [];
};

const stateOf = async (cli: Cli, name: string): Promise<string> =>
  (JSON.parse((await cli.teu(["runtime", "state", await cli.idOf(name)])).stdout) as { status: string }).status;

cliTests("signals that teu gets reach the container's program, and do not end teu", async (cli) => {
  const running = cli.start([...cli.container("c", "-v", `${cli.roots.directory}:/tmp`), "sh", "-c", TRAPS]);
  await said(running, "ready");
  for (const signal of ["SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGTERM"] as const) {
    running.kill(signal);
    await said(running, signal.slice("SIG".length));
  }
  await Bun.write(cli.roots.path("end"), "");
  expect(await running.exited).toBe(9);
  running.dispose();
});

cliTests("the third Ctrl-C that a container does not end by leaves it, and says how to end it", async (cli) => {
  const running = cli.start([...cli.container("c", "-v", `${cli.roots.directory}:/tmp`), "sh", "-c", TRAPS]);
  await said(running, "ready");
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    running.kill(signal);
    await said(running, signal.slice("SIG".length));
  }
  running.kill("SIGINT");
  expect(await running.exited).toBe(1);
  const id = (await cli.idOf("c")).slice(0, 12);
  expect(running.stderr()).toBe(`teu: container ${id} does not end by SIGINT or SIGTERM and goes on alone: end it with: teu kill ${id}\n`);
  expect(await stateOf(cli, "c")).toBe("running");
  expect((await cli.teu(["kill", id])).status).toBe(0);
  await eventually("its end takes it away", async () => (await cli.teu(["ps", "-aq"])).stdout === ""); // --rm
  running.dispose();
});

cliTests("a program that a forwarded signal ends gives 128 + n", async (cli) => {
  const script = "trap 'trap - TERM; exit 143' TERM; echo ready; while :; do sleep 0.02; done";
  const running = cli.start([...cli.container("c"), "sh", "-c", script]);
  await said(running, "ready");
  const [setpriv] = childrenOf(running.pid);
  expect(setpriv).toBeGreaterThan(0);
  running.kill("SIGTERM");
  expect(await running.exited).toBe(143);
  running.dispose();
});

cliTests("with --sig-proxy=false a signal ends teu alone; the container goes on", async (cli) => {
  const running = cli.start([...cli.container("c", "--sig-proxy=false"), "sh", "-c", "echo ready; sleep 1000"]);
  await said(running, "ready");
  running.kill("SIGTERM");
  expect(await running.exited).toBe(143);
  expect(await stateOf(cli, "c")).toBe("running");
  expect((await cli.teu(["rm", "-f", cli.roots.id("c")])).status).toBe(0);
  running.dispose();
});

cliTests("when teu is killed, the container and its monitor go on, and rm --force cleans up", async (cli) => {
  const name = cli.roots.id("c");
  const running = cli.start([...cli.container("c"), "sh", "-c", "echo ready; i=0; while sleep 0.05; do i=$((i+1)); echo $i; done"]);
  await said(running, "ready");
  const [monitor = 0] = childrenOf(running.pid);
  running.kill("SIGKILL");
  expect(await running.exited).toBe(137);
  const lines = running.stdout().length;
  await eventually("it goes on writing", () => running.stdout().length > lines);
  expect(existsSync(`/proc/${monitor}`)).toBe(true);
  expect(await stateOf(cli, "c")).toBe("running");
  expect(await cli.teu(["rm", "--force", name])).toEqual({ status: 0, stdout: `${name}\n`, stderr: "" });
  await eventually("the monitor ends", () => !existsSync(`/proc/${monitor}`));
  expect(readdirSync(join(cli.roots.runRoot, "containers"))).toEqual([]);
  running.dispose();
});

cliTests("when the monitor is killed, teu says so and nothing of the container is left with --rm", async (cli) => {
  const running = cli.start([...cli.container("c"), "sh", "-c", "echo ready; sleep 1000"]);
  await said(running, "ready");
  for (const monitor of childrenOf(running.pid)) process.kill(monitor, "SIGKILL");
  expect(await running.exited).toBe(137);
  expect(readdirSync(join(cli.roots.runRoot, "containers"))).toEqual([]);
  running.dispose();
});

cliTests("a signal at any moment of the start ends it without a word, and leaves nothing", async (cli) => {
  for (let delay = 0; delay <= 24; delay += 2) {
    const running = cli.start([...cli.container(`c${delay}`), "sleep", "0.05"]);
    await Bun.sleep(delay);
    running.kill("SIGTERM");
    const status = await running.exited;
    // The first process of a pid namespace ignores what it has no handler for, so it may go on to its end.
    const ended = status === 143 || status === 0;
    expect({ delay, status: ended ? "143 or 0" : status, said: running.stderr() }).toEqual({ delay, status: "143 or 0", said: "" });
    expect({ delay, containers: containersOf(cli) }).toEqual({ delay, containers: [] });
    running.dispose();
  }
});
