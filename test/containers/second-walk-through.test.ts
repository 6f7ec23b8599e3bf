// The second walk-through: what somebody does who looks after containers. Restart policies, health, wait, events, stats, update, rename,
// pause, signals and exit codes.
import { expect } from "bun:test";
import { type ImageCli, imageTests } from "../cli/image-cli.ts";
import { eventually } from "../support/run.ts";

async function ok(cli: ImageCli, ...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await cli.teu(args);
  if (status !== 0) throw new Error(`teu ${args.join(" ")}: exit status ${status}\n${stdout}${stderr}`);
  return stdout.trimEnd();
}

const field = (cli: ImageCli, name: string, template: string) => ok(cli, "inspect", "-f", `{{${template}}}`, name);

/** The program of a container that ends when it is asked to. */
const COOPERATIVE = ["sh", "-c", 'trap "exit 7" TERM; while :; do sleep 0.05; done'] as const;

imageTests("restart policies bring back what they promise", async (cli) => {
  await ok(cli, "run", "-d", "--name", "flaky", "--restart", "on-failure:2", "box", "sh", "-c", "echo again; exit 5");
  await eventually(
    "it has been given up",
    async () => (await field(cli, "flaky", ".RestartCount")) === "2" && (await field(cli, "flaky", ".State.Status")) === "exited",
  );
  expect(await ok(cli, "logs", "flaky")).toBe("again\nagain\nagain");
  expect(await field(cli, "flaky", ".State.ExitCode")).toBe("5");
  await ok(cli, "run", "-d", "--name", "eternal", "--restart", "always", "box", ...COOPERATIVE);
  const pid = await field(cli, "eternal", ".State.Pid");
  await ok(cli, "exec", "eternal", "kill", "-TERM", "1");
  await eventually("it runs again", async () => !["0", pid].includes(await field(cli, "eternal", ".State.Pid")));
  expect(await ok(cli, "stop", "-t", "5", "eternal")).toBe("eternal");
  expect(await field(cli, "eternal", ".State.Status")).toBe("exited");
  expect(await field(cli, "eternal", ".State.ExitCode")).toBe("7");
  await ok(cli, "rm", "flaky", "eternal");
});

imageTests("health is asked for, told and waited for", async (cli) => {
  const health = ["--health-cmd", "test -e /well", "--health-interval", "200ms", "--health-retries", "2", "--health-timeout", "5s"];
  await ok(cli, "run", "-d", "--name", "sick", ...health, "box", ...COOPERATIVE);
  await eventually("it is unhealthy", async () => (await field(cli, "sick", ".State.Health.Status")) === "unhealthy", 20_000);
  expect(await ok(cli, "ps", "--format", "{{.Status}}", "--filter", "health=unhealthy")).toMatch(/^Up .* \(unhealthy\)$/);
  await ok(cli, "exec", "sick", "touch", "/well");
  await eventually("it is healthy", async () => (await field(cli, "sick", ".State.Health.Status")) === "healthy", 20_000);
  await ok(cli, "rm", "-f", "sick");
});

imageTests("a life is renamed, paused, updated, measured, waited for and told", async (cli) => {
  const id = await ok(cli, "run", "-d", "--name", "first", "box", ...COOPERATIVE);
  await ok(cli, "rename", "first", "second");
  if (cli.account === undefined) {
    await ok(cli, "pause", "second");
    expect(await field(cli, "second", ".State.Status")).toBe("paused");
    expect(await cli.teu(["exec", "second", "true"])).toMatchObject({ status: 1, stderr: expect.stringContaining("is paused") });
    await ok(cli, "unpause", "second");
    await ok(cli, "update", "--memory", "64m", "--memory-swap", "64m", "second");
    expect(await field(cli, "second", ".HostConfig.Memory")).toBe(`${64 * 1024 ** 2}`);
  } else expect(await cli.teu(["pause", "second"])).toMatchObject({ status: 1, stderr: expect.stringContaining("it has no cgroup") });
  expect(await ok(cli, "stats", "--no-stream", "--format", "{{.Name}}", "second")).toBe("second");
  expect(await ok(cli, "top", "second", "-o", "pid,args")).toContain("sleep 0.05");
  const waiting = cli.start(["wait", "second"]);
  expect(await ok(cli, "kill", "-s", "TERM", "second")).toBe("second");
  expect(await waiting.exited).toBe(0);
  expect(waiting.stdout()).toBe("7\n");
  waiting.dispose();
  await ok(cli, "start", "second");
  await ok(cli, "restart", "-t", "5", "second");
  await ok(cli, "rm", "-f", "second");
  const told = await ok(
    cli,
    "events",
    "--since",
    "1h",
    "--until",
    "0s",
    "--filter",
    "type=container",
    "--filter",
    `container=${id}`,
    "--format",
    "{{.Action}}",
  );
  const words = told
    .split("\n")
    .filter((word) => !word.startsWith("exec_") && !["top", "update"].includes(word) && !word.endsWith("pause"));
  const expected = [
    "create",
    "start",
    "rename",
    "kill",
    "die",
    "start",
    "kill",
    "die",
    "stop",
    "start",
    "restart",
    "kill",
    "die",
    "destroy",
  ];
  expect(words).toEqual(expected);
});

/** What ends a container, the exit code that docker gives it, and what `inspect` says. */
const ENDS = [
  { program: ["true"], code: 0, error: "" },
  { program: ["sh", "-c", "exit 42"], code: 42, error: "" },
  { program: ["sh", "-c", "kill -TERM $$"], code: 0, error: "" }, // process 1 has no handler: the signal is dropped
  { program: ["sh", "-c", "sleep 60 & kill -9 $!; wait $!; exit $?"], code: 137, error: "" },
  { program: ["no-such-program"], code: 127, error: "no-such-program" },
  { program: ["/etc/passwd"], code: 126, error: "/etc/passwd" },
] as const;

imageTests("exit codes are docker's", async (cli) => {
  for (const [index, { program, code, error }] of ENDS.entries()) {
    const { status, stderr } = await cli.teu(["run", "--name", `end${index}`, "box", ...program]);
    expect({ program, status }).toEqual({ program, status: code });
    expect(stderr).toContain(error);
  }
  expect((await cli.teu(["run", "--no-such-flag", "box"])).status).toBe(125);
  expect((await cli.teu(["run", "--rm", "--pull", "never", "no-such-image"])).status).toBe(125);
  await ok(cli, "container", "prune", "-f");
  expect(await ok(cli, "ps", "-aq")).toBe("");
});
