// Starts that meet others, or what others have left: who cleans up after one start does not end the next, a start whose command was killed is not
// taken for one that is over, and the files of a container are mounted once at a time.
import { expect } from "bun:test";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { takeFileLock } from "../../src/base/file-lock.ts";
import { hasEnded, readProcess } from "../../src/kernel/state/process.ts";
import { type Cli, cliTest, cliTests, ROOT } from "../cli/callers.ts";
import { imageTest, imageTests } from "../cli/image-cli.ts";
import { eventually } from "../support/run.ts";

const stateOf = ({ roots }: Cli, id: string) => join(roots.runRoot, "containers", id);
const made = async (cli: Cli, verb: readonly string[]) =>
  (await cli.teu([...verb, "--name", cli.roots.id("c"), "--rootfs", cli.rootfs, "sleep", "1000"])).stdout.trim();

cliTests("a start waits for who ends what is left of the last run, with the running state in its hands", async (cli) => {
  const id = await made(cli, ["create"]);
  const states = join(cli.roots.runRoot, "containers");
  const remains = join(states, `.gone.${id}.${process.pid}.${readProcess(process.pid)?.start}`);
  await cli.run(["mkdir", "-p", remains]);
  const starting = cli.start(["start", id]);
  await eventually("the start waits", () => existsSync(join(states, id, "maker")));
  expect(readdirSync(join(states, id))).toEqual(["maker"]);
  rmSync(remains, { recursive: true });
  expect(await starting.exited).toBe(0);
  starting.dispose();
  expect((await cli.teu(["rm", "-f", id])).status).toBe(0);
});

/** As it is when the command was killed before it knew its launcher, and the launcher has not made the program yet. */
function halfStarted({ roots }: Cli, state: string): { readonly goOn: () => void } {
  const [record, pid] = ["state.json", "pid"].map((name) => join(state, name)) as [string, string];
  const { monitor, start, ...rest } = JSON.parse(readFileSync(record, "utf8")) as Record<string, unknown>;
  expect([typeof monitor, typeof start]).toEqual(["object", "string"]);
  writeFileSync(record, JSON.stringify(rest));
  renameSync(pid, roots.path("pid"));
  return { goOn: () => renameSync(roots.path("pid"), pid) };
}

// Without root nobody sees where a launcher works that has entered a user namespace; until then it is seen.
cliTest(ROOT, "a start whose command was killed goes on, for whoever looks", async (cli) => {
  const id = await made(cli, ["run", "-d"]);
  const half = halfStarted(cli, stateOf(cli, id));
  expect(await cli.teu(["ps", "-aq"])).toMatchObject({ status: 0, stderr: "" });
  expect(existsSync(stateOf(cli, id))).toBe(true);
  half.goOn();
  expect((await cli.teu(["ps", "--format", "{{.State}}"])).stdout).toBe("running\n");
  expect((await cli.teu(["rm", "-f", id])).status).toBe(0);
});

cliTest(ROOT, "a start that stands still is removed with its launcher", async (cli) => {
  const id = await made(cli, ["run", "-d"]);
  const init = Number(readFileSync(join(stateOf(cli, id), "pid"), "utf8"));
  halfStarted(cli, stateOf(cli, id));
  expect(await cli.teu(["rm", "-f", id])).toMatchObject({ status: 0, stderr: "" });
  const facts = readProcess(init);
  expect(facts === undefined || hasEnded(facts)).toBe(true);
});

cliTests("a command that was killed before it had the running state leaves nothing to wait for", async (cli) => {
  const id = await made(cli, ["create"]);
  const states = join(cli.roots.runRoot, "containers");
  await cli.run(["mkdir", "-p", join(states, `.new.${id}.${2 ** 22}.1`)]);
  expect(await cli.teu(["start", id])).toMatchObject({ status: 0, stderr: "" });
  expect(await cli.teu(["ps", "-q"])).toMatchObject({ status: 0, stderr: "" });
  expect(readdirSync(states)).toEqual([id]);
  expect((await cli.teu(["rm", "-f", id])).status).toBe(0);
});

imageTests("a container's files are mounted by one command at a time", async (cli) => {
  const id = (await cli.teu(["create", "box", "sleep", "1000"])).stdout.trim();
  expect((await cli.teu(["cp", "/etc/passwd", `${id}:/home/first`])).status).toBe(0);
  const lock = takeFileLock(join(cli.roots.root, "containers", id, "files.lock"));
  const starting = cli.start(["start", id]);
  await eventually("the start waits", () => existsSync(join(stateOf(cli, id), "maker")));
  const copying = cli.start(["cp", "/etc/passwd", `${id}:/home/second`]);
  expect(readdirSync(stateOf(cli, id))).toEqual(["maker"]);
  lock?.[Symbol.dispose]();
  expect(await Promise.all([starting.exited, copying.exited])).toEqual([0, 0]);
  for (const running of [starting, copying]) running.dispose();
  expect((await cli.teu(["exec", id, "ls", "/home"])).stdout).toBe("first\nsecond\n");
  expect((await cli.teu(["rm", "-f", id])).status).toBe(0);
});

imageTest(ROOT, "cp, exec and start at once never see the host in place of a container, and lose nothing", async (cli) => {
  const name = cli.roots.id("c");
  const own = `/teu-test-${cli.roots.mark}`;
  for (let round = 0; round < 4; round++) {
    await cli.teu(["create", "--name", name, "box", "sleep", "1000"]);
    const copies = ["a", "b", "c"].map((file) => cli.teu(["cp", "/etc/hostname", `${name}:${own}-${file}`]));
    const starts = [1, 2, 3].map(() => cli.teu(["start", name]));
    for (const { status, stderr } of await Promise.all([...copies, ...starts]))
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    for (const file of ["a", "b", "c"]) {
      expect(existsSync(`${own}-${file}`)).toBe(false);
      expect((await cli.teu(["exec", name, "ls", `${own}-${file}`])).status).toBe(0);
    }
    expect((await cli.teu(["rm", "-f", name])).status).toBe(0);
  }
});

cliTests("many commands at one container at once leave one truth, and then nothing", async (cli) => {
  const name = cli.roots.id("c");
  const make = () => cli.teu(["run", "-d", "--name", name, "--rootfs", cli.rootfs, "sleep", "1000"]);
  const made = await Promise.all([make(), make(), make(), make()]);
  expect(made.filter(({ status }) => status === 0)).toHaveLength(1);
  for (const words of [["stop", "-t", "0"], ["start"], ["restart", "-t", "0"]]) {
    const all = await Promise.all([1, 2, 3, 4].map(() => cli.teu([...words, name])));
    for (const { status, stderr } of all) if (status !== 0) expect(stderr).toMatch(/^(teu: warning: [^\n]+\n)?teu: [^\n]+\n$/);
    expect(all.some(({ status }) => status === 0)).toBe(true);
  }
  expect((await cli.teu(["ps", "--format", "{{.State}}"])).stdout).toBe("running\n");
  const mixed = [
    ["rm", "-f", name],
    ["start", name],
    ["exec", name, "true"],
    ["rm", "-f", name],
    ["logs", name],
  ];
  for (const { stderr } of await Promise.all(mixed.map((words) => cli.teu(words))))
    expect(stderr).not.toMatch(/\n {4}at |TypeError|SQLite/);
  await cli.teu(["rm", "-f", name]);
  for (const parent of [cli.roots.root, cli.roots.runRoot]) expect(readdirSync(join(parent, "containers"))).toEqual([]);
});
