// Whatever is killed, the next command finds what is so, and finishes or takes back what was begun.
import { expect } from "bun:test";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { type Cli, cliTests } from "../cli/callers.ts";
import { describeLeftovers, leftovers } from "../support/leftovers.ts";
import { eventually } from "../support/run.ts";

const folders = ({ roots }: Cli) => [join(roots.root, "containers"), join(roots.runRoot, "containers")];
const left = (cli: Cli) =>
  folders(cli)
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
const stateOf = async (cli: Cli, name: string) =>
  (await cli.teu(["ps", "-a", "--filter", `name=${cli.roots.id(name)}`, "--format", "{{.State}} {{.Status}}"])).stdout.trim();
const start = async (cli: Cli, name: string, script: string, ...flags: readonly string[]) =>
  (await cli.teu(["run", "-d", "--name", cli.roots.id(name), ...flags, "--rootfs", cli.rootfs, "sh", "-c", script])).stdout.trim();
/** What is known of a run. */
const recordOf = (cli: Cli, id: string) =>
  JSON.parse(readFileSync(join(cli.roots.runRoot, "containers", id, "state.json"), "utf8")) as { monitor: { pid: number } };
const initOf = (cli: Cli, id: string) => Number(readFileSync(join(cli.roots.runRoot, "containers", id, "pid"), "utf8"));

cliTests("a container whose monitor was killed runs on, and its end is one that nobody saw", async (cli) => {
  const id = await start(cli, "c", "exec sleep 1000");
  process.kill(recordOf(cli, id).monitor.pid, "SIGKILL");
  expect(await stateOf(cli, "c")).toMatch(/^running Up /);
  process.kill(initOf(cli, id), "SIGKILL");
  await eventually("it is seen to have ended", async () => (await stateOf(cli, "c")).startsWith("exited Exited (255)"));
  const { stdout } = await cli.teu(["inspect", "-f", "{{.State.Error}}", id]);
  expect(stdout).toContain("its monitor was killed");
  expect((await cli.teu(["start", id])).status).toBe(0);
  expect((await cli.teu(["rm", "-f", id])).status).toBe(0);
  expect(left(cli)).toEqual([]);
});

cliTests("a container whose monitor and program were killed at once is one that nobody saw end", async (cli) => {
  const id = await start(cli, "c", "exec sleep 1000", "--rm");
  const pids = [recordOf(cli, id).monitor.pid, initOf(cli, id)];
  for (const pid of pids) process.kill(pid, "SIGKILL");
  await eventually("all is gone", async () => (await cli.teu(["ps", "-aq"])).stdout === "" && left(cli).length === 0);
});

cliTests("running state that was lost, as at a start of the machine, is an end that nobody saw", async (cli) => {
  const id = await start(cli, "c", "exec sleep 1000");
  const state = join(cli.roots.runRoot, "containers", id);
  const [monitor, init] = [recordOf(cli, id).monitor.pid, initOf(cli, id)];
  const aside = cli.roots.path("aside");
  renameSync(state, aside);
  for (const pid of [monitor, init]) process.kill(pid, "SIGKILL");
  expect(await stateOf(cli, "c")).toMatch(/^exited Exited \(255\)/);
  expect((await cli.teu(["start", id])).stdout).toBe(`${id}\n`);
  expect(await stateOf(cli, "c")).toMatch(/^running Up /);
  expect((await cli.teu(["rm", "-f", id])).status).toBe(0);
});

cliTests("a command that was killed has left a container that runs: the next one knows it", async (cli) => {
  const running = cli.start(["run", "--rootfs", cli.rootfs, "sh", "-c", "echo ready; exec sleep 1000"]);
  await eventually("it runs", () => running.stdout() === "ready\n");
  running.kill("SIGKILL");
  await running.exited;
  running.dispose();
  const { stdout } = await cli.teu(["ps", "-q", "--no-trunc"]);
  expect(stdout).toMatch(/^[0-9a-f]{64}\n$/);
  expect((await cli.teu(["rm", "-f", stdout.trim()])).status).toBe(0);
  expect(left(cli)).toEqual([]);
});

cliTests("a container without a row is found by the record of its birth; running state without a container goes", async (cli) => {
  const kept = await start(cli, "kept", "exec sleep 1000");
  const lost = await start(cli, "lost", "exec sleep 1000");
  for (const name of ["state.db", "state.db-wal", "state.db-shm"]) rmSync(cli.roots.path("root", name), { force: true });
  rmSync(cli.roots.path("root", "containers", lost), { recursive: true });
  expect((await cli.teu(["ps", "--format", "{{.Names}} {{.State}}"])).stdout).toBe(`${cli.roots.id("kept")} running\n`);
  expect(left(cli).filter((path) => path.includes(lost))).toEqual([]);
  expect((await cli.teu(["rm", "-f", kept])).status).toBe(0);
  expect(left(cli)).toEqual([]);
});

for (const { name, command } of [
  { name: "create", command: (cli: Cli) => ["create", "--rootfs", cli.rootfs, "true"] },
  { name: "run", command: (cli: Cli) => ["run", "--rootfs", cli.rootfs, "sh", "-c", "sleep 0.01"] },
  { name: "run --rm", command: (cli: Cli) => ["run", "--rm", "--rootfs", cli.rootfs, "true"] },
  { name: "run -d", command: (cli: Cli) => ["run", "-d", "--rootfs", cli.rootfs, "true"] },
]) {
  cliTests(`${name} killed at any moment leaves nothing that cannot be seen and removed`, async (cli) => {
    for (let round = 0; round < 10; round++) {
      const running = cli.start(command(cli));
      await Bun.sleep(4 + 3 * round);
      running.kill("SIGKILL");
      await running.exited;
      running.dispose();
    }
    const old = new Date(Date.now() - 3_600_000); // what has no record yet is given a minute
    await eventually("all is settled", async () => {
      for (const path of left(cli)) if (existsSync(path)) utimesSync(path, old, old);
      return (await cli.teu(["ps", "-q"])).stdout === "";
    });
    const { stdout } = await cli.teu(["ps", "-aq"]);
    const ids = stdout.split("\n").filter(Boolean);
    if (ids.length > 0) expect(await cli.teu(["rm", ...ids])).toMatchObject({ status: 0, stderr: "" });
    await eventually("nothing is left", async () => {
      for (const path of left(cli)) if (existsSync(path)) utimesSync(path, old, old);
      await cli.teu(["ps", "-a"]);
      return left(cli).length === 0;
    });
    // What the monitors run at the end may still be at it.
    await eventually("no process is left", () => describeLeftovers(leftovers(cli.roots.mark)).length === 0);
  });
}

for (const { name, args } of [
  { name: "stop", args: ["stop"] },
  { name: "rm -f", args: ["rm", "-f"] },
  { name: "restart", args: ["restart"] },
]) {
  cliTests(`${name} killed at any moment can be done again`, async (cli) => {
    const program = "trap 'exit 0' TERM; while :; do sleep 0.01; done";
    for (let round = 0; round < 6; round++) {
      const id = await start(cli, `c${round}`, program);
      const running = cli.start([...args, id]);
      await Bun.sleep(3 + 4 * round);
      running.kill("SIGKILL");
      await running.exited;
      running.dispose();
      expect(["running", "exited", ""]).toContain((await stateOf(cli, `c${round}`)).split(" ")[0] ?? "");
      const again = await cli.teu([...args, id]);
      if (again.status !== 0) expect(again.stderr).toBe(`teu: No such container: ${id}\n`);
      await cli.teu(["rm", "-f", id]);
    }
    await cli.teu(["ps", "-a"]);
    await eventually("nothing is left", () => left(cli).length === 0);
    // What the monitors run at the end may still be at it.
    await eventually("no process is left", () => describeLeftovers(leftovers(cli.roots.mark)).length === 0);
  });
}
