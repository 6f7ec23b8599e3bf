// The life of containers by its commands: docker's words, exit codes and events, as root and as an ordinary user.
import { expect } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Cli, cliTest, cliTests, ROOT } from "../cli/callers.ts";
import { eventually } from "../support/run.ts";

/** A program that ends with 3 when it is asked to. */
const POLITE = "trap 'exit 3' TERM; while :; do sleep 0.02; done";

const names = (directory: string): readonly string[] => (existsSync(directory) ? readdirSync(directory) : []);

/** Directories of containers: what they have on the disk, and their running state. */
const left = ({ roots }: Cli): readonly string[] => [...names(join(roots.root, "containers")), ...names(join(roots.runRoot, "containers"))];

const ok = (stdout: string) => ({ status: 0, stdout, stderr: "" });
const detached = (cli: Cli, name: string, script: string, ...flags: readonly string[]) =>
  cli.teu(["run", "-d", "--name", cli.roots.id(name), ...flags, "--rootfs", cli.rootfs, "sh", "-c", script]);
const stateOf = async (cli: Cli, name: string) =>
  (await cli.teu(["ps", "-a", "--filter", `name=${cli.roots.id(name)}`, "--format", "{{.State}}"])).stdout.trim();
const inspected = async (cli: Cli, name: string, format: string) =>
  (await cli.teu(["inspect", "-f", format, cli.roots.id(name)])).stdout.trim();
/** What happened to a container, in order. */
async function eventsOf(cli: Cli, id: string): Promise<readonly string[]> {
  const now = `${Math.ceil(Date.now() / 1000) + 1}`;
  const { stdout } = await cli.teu(["events", "--since", "0", "--until", now, "--filter", `container=${id}`, "--format", "{{.Action}}"]);
  return stdout.split("\n").filter(Boolean);
}

cliTests("a container is created, started, stopped, started again and removed", async (cli) => {
  const name = cli.roots.id("c");
  const created = await cli.teu(["create", "--name", name, "--rootfs", cli.rootfs, "sh", "-c", POLITE]);
  expect(created).toEqual(ok(expect.stringMatching(/^[0-9a-f]{64}\n$/) as unknown as string));
  const id = created.stdout.trim();
  expect(await stateOf(cli, "c")).toBe("created");
  expect(await cli.teu(["start", name])).toEqual(ok(`${name}\n`));
  expect(await stateOf(cli, "c")).toBe("running");
  expect(await cli.teu(["start", id])).toEqual(ok(`${id}\n`)); // as it runs, nothing is done
  expect(await cli.teu(["stop", id.slice(0, 12)])).toEqual(ok(`${id.slice(0, 12)}\n`));
  expect(await inspected(cli, "c", "{{.State.Status}} {{.State.ExitCode}}")).toBe("exited 3");
  expect(await cli.teu(["stop", name])).toEqual(ok(`${name}\n`)); // it has
  expect(await cli.teu(["restart", name])).toEqual(ok(`${name}\n`));
  expect(await stateOf(cli, "c")).toBe("running");
  expect(await cli.teu(["rm", name])).toEqual({
    status: 1,
    stdout: "",
    stderr: `teu: cannot remove container "/${name}": container is running: stop the container before removing or force remove\n`,
  });
  expect(await cli.teu(["rm", "-f", name])).toEqual(ok(`${name}\n`));
  expect(await eventsOf(cli, id)).toEqual(["create", "start", "kill", "die", "stop", "start", "restart", "kill", "die", "destroy"]);
  expect(left(cli)).toEqual([]);
});

cliTests("run -d comes back when the program runs, and says so when it cannot", async (cli) => {
  const { stdout } = await detached(cli, "c", "echo said; exit 5");
  expect(await cli.teu(["wait", stdout.trim()])).toEqual(ok("5\n"));
  expect(await stateOf(cli, "c")).toBe("exited");
  const refused = await cli.teu(["run", "-d", "--name", cli.roots.id("no"), "--rootfs", cli.rootfs, "nosuch"]);
  expect(refused).toMatchObject({
    status: 127,
    stdout: `${await cli.idOf("no")}\n`, // what can be asked for why
    stderr: expect.stringContaining('execute "nosuch"'),
  });
  expect(await inspected(cli, "no", "{{.State.Status}} {{.State.ExitCode}}")).toBe("created 127");
  await cli.teu(["rm", cli.roots.id("c"), cli.roots.id("no")]);
  expect(left(cli)).toEqual([]);
});

cliTests("run -d --rm takes everything away at the end, without anybody there", async (cli) => {
  const { stdout } = await detached(cli, "c", "exit 0", "--rm");
  await eventually("it is gone", async () => (await cli.teu(["ps", "-aq"])).stdout === "" && left(cli).length === 0);
  expect(await eventsOf(cli, stdout.trim())).toEqual(["create", "start", "die", "destroy"]);
});

cliTests("a run in the foreground has its events and leaves nothing", async (cli) => {
  const file = cli.roots.path("id");
  expect((await cli.teu([...cli.container("c", "--cidfile", file), "sh", "-c", "exit 7"])).status).toBe(7);
  expect(await eventsOf(cli, readFileSync(file, "utf8"))).toEqual(["create", "attach", "start", "die", "destroy"]);
  expect(left(cli)).toEqual([]);
});

cliTests("stop kills at once what cannot hear it, and says how to change that", async (cli) => {
  await detached(cli, "c", "sleep 1000 & wait");
  const begun = performance.now();
  const outcome = await cli.teu(["stop", "-t", "60", cli.roots.id("c")]);
  expect(outcome).toMatchObject({ status: 0, stdout: `${cli.roots.id("c")}\n`, stderr: expect.stringContaining("--init") });
  expect(performance.now() - begun).toBeLessThan(30_000);
  expect(await inspected(cli, "c", "{{.State.ExitCode}}")).toBe("137");
  await cli.teu(["rm", cli.roots.id("c")]);
});

cliTests("stop kills what hears it and goes on, after its time", async (cli) => {
  await detached(cli, "c", "trap '' INT; trap : TERM; echo ready; while :; do sleep 0.02; done");
  expect(await cli.teu(["stop", "-t", "1", cli.roots.id("c")])).toEqual(ok(`${cli.roots.id("c")}\n`));
  expect(await inspected(cli, "c", "{{.State.ExitCode}}")).toBe("137");
  await cli.teu(["rm", cli.roots.id("c")]);
});

cliTests("stop sends the signal that the container or the caller names", async (cli) => {
  const script = 'for s in USR1 USR2; do trap "echo $s; exit 0" $s; done; while :; do sleep 0.02; done';
  await detached(cli, "c", script, "--stop-signal", "USR1");
  await cli.teu(["stop", cli.roots.id("c")]);
  expect((await cli.teu(["logs", cli.roots.id("c")])).stdout).toBe("USR1\n");
  await cli.teu(["start", cli.roots.id("c")]);
  await cli.teu(["stop", "-s", "USR2", cli.roots.id("c")]);
  expect((await cli.teu(["logs", cli.roots.id("c")])).stdout).toBe("USR1\nUSR2\n");
  await cli.teu(["rm", cli.roots.id("c")]);
});

cliTests("kill sends any signal, and ends with KILL", async (cli) => {
  const name = cli.roots.id("c");
  await detached(cli, "c", "trap 'echo hup' HUP; echo ready; while :; do sleep 0.02; done");
  await eventually("it is ready", async () => (await cli.teu(["logs", name])).stdout === "ready\n");
  expect(await cli.teu(["kill", "-s", "HUP", name])).toEqual(ok(`${name}\n`));
  await eventually("it has heard", async () => (await cli.teu(["logs", name])).stdout === "ready\nhup\n");
  expect(await cli.teu(["kill", name])).toEqual(ok(`${name}\n`));
  expect(await inspected(cli, "c", "{{.State.Status}} {{.State.ExitCode}}")).toBe("exited 137");
  expect(await cli.teu(["kill", name])).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/^teu: cannot kill container: .* is not running\n$/),
  });
  expect(await cli.teu(["kill", "-s", "nosuch", name])).toMatchObject({ status: 1, stderr: expect.stringContaining("is no signal") });
  await cli.teu(["rm", name]);
});

cliTests("wait takes several, prints their codes, and does not miss one that is removed", async (cli) => {
  const [one, two] = [cli.roots.id("one"), cli.roots.id("two")];
  await detached(cli, "one", "exit 4");
  await detached(cli, "two", "sleep 0.3; exit 5", "--rm");
  expect(await cli.teu(["wait", one, two])).toEqual(ok("4\n5\n"));
  expect(await cli.teu(["wait", "nosuch"])).toEqual({ status: 1, stdout: "", stderr: "teu: No such container: nosuch\n" });
  await cli.teu(["rm", one]);
  await eventually("all is gone", () => left(cli).length === 0);
});

cliTests("rename gives another name, which nobody else may have", async (cli) => {
  const [a, b, c] = ["a", "b", "c"].map((name) => cli.roots.id(name));
  for (const name of [a, b]) await cli.teu(["create", "--name", name ?? "", "--rootfs", cli.rootfs, "true"]);
  expect(await cli.teu(["rename", a ?? "", c ?? ""])).toEqual(ok(""));
  expect(await cli.teu(["rename", b ?? "", c ?? ""])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("is already in use by container"),
  });
  expect(await cli.teu(["rename", b ?? "", "a b"])).toMatchObject({ status: 1, stderr: expect.stringContaining("invalid container name") });
  expect(await cli.teu(["rm", b ?? "", c ?? ""])).toEqual(ok(`${b}\n${c}\n`));
});

cliTests("container prune removes what has stopped, by age and label", async (cli) => {
  for (const label of ["x", "y"]) await detached(cli, label, "true", "-l", label);
  await detached(cli, "runs", "sleep 1000");
  for (const name of ["x", "y"]) await cli.teu(["wait", cli.roots.id(name)]);
  const x = await cli.idOf("x");
  expect((await cli.teu(["container", "prune", "-f", "--filter", "label=x"])).stdout).toBe(
    `Deleted Containers:\n${x}\n\nTotal reclaimed space: 0B\n`,
  );
  expect((await cli.teu(["container", "prune", "-f", "--filter", "until=1h"])).stdout).toBe("Total reclaimed space: 0B\n");
  expect((await cli.teu(["container", "prune", "-f"])).stdout).toContain("Deleted Containers:\n");
  expect(await stateOf(cli, "runs")).toBe("running");
  await cli.teu(["rm", "-f", cli.roots.id("runs")]);
  expect(left(cli)).toEqual([]);
});

cliTests("start -a shows what the program says, gives it input with -i, and ends with its status", async (cli) => {
  const name = cli.roots.id("c");
  await cli.teu(["create", "-i", "--name", name, "--rootfs", cli.rootfs, "sh", "-c", "read x; echo got $x; exit 6"]);
  expect(await cli.teu(["start", "-ai", name], { stdin: "words\n" })).toEqual({ status: 6, stdout: "got words\n", stderr: "" });
  expect(await cli.teu(["start", "-a", name, "other"])).toMatchObject({
    status: 1,
    stderr: "teu: you cannot start and attach multiple containers at once\n",
  });
  await cli.teu(["rm", name]);
});

cliTests("what a container wrote is there at its next start", async (cli) => {
  const rootfs = cli.roots.path("rootfs");
  await cli.run(["cp", "-a", cli.rootfs, rootfs]);
  const name = cli.roots.id("c");
  await cli.teu(["create", "--name", name, "--rootfs", rootfs, "sh", "-c", "echo more >>/root/text; cat /root/text"]);
  expect((await cli.teu(["start", "-a", name])).stdout).toBe("more\n");
  expect((await cli.teu(["start", "-a", name])).stdout).toBe("more\nmore\n");
  await cli.teu(["rm", name]);
});

cliTest(ROOT, "a paused container is shown so, refuses what it cannot do, and goes on", async (cli) => {
  const name = cli.roots.id("c");
  await detached(cli, "c", POLITE);
  expect(await cli.teu(["pause", name])).toEqual(ok(`${name}\n`));
  expect(await stateOf(cli, "c")).toBe("paused");
  expect(await cli.teu(["pause", name])).toMatchObject({ status: 1, stderr: expect.stringContaining("is already paused") });
  expect(await cli.teu(["start", name])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("cannot start a paused container, try unpause instead"),
  });
  expect(await cli.teu(["rm", name])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("container is paused and must be unpaused first"),
  });
  expect(await cli.teu(["unpause", name])).toEqual(ok(`${name}\n`));
  expect(await cli.teu(["unpause", name])).toMatchObject({ status: 1, stderr: expect.stringContaining("is not paused") });
  await cli.teu(["pause", name]);
  expect(await cli.teu(["stop", name])).toEqual(ok(`${name}\n`));
  expect(await inspected(cli, "c", "{{.State.ExitCode}}")).toBe("3");
  await cli.teu(["rm", name]);
});

cliTest(ROOT, "an end for want of memory is told from others", async (cli) => {
  await detached(cli, "c", "tail /dev/zero", "-m", "16m");
  expect(await cli.teu(["wait", cli.roots.id("c")])).toEqual(ok("137\n"));
  expect(await inspected(cli, "c", "{{.State.OOMKilled}} {{.State.ExitCode}}")).toBe("true 137");
  expect(await eventsOf(cli, await cli.idOf("c"))).toEqual(["create", "start", "oom", "die"]);
  await detached(cli, "d", "kill -9 $$; sleep 1000");
  await cli.teu(["kill", cli.roots.id("d")]);
  expect(await inspected(cli, "d", "{{.State.OOMKilled}}")).toBe("false");
  await cli.teu(["rm", cli.roots.id("c"), cli.roots.id("d")]);
});
