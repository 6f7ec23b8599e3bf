// What a `teu run` makes and leaves: nothing with --rm, a stopped container without; plans that are only shown; many at once.
import { expect } from "bun:test";
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describeLeftovers, leftovers } from "../support/leftovers.ts";
import { eventually } from "../support/run.ts";
import { tester } from "../support/user.ts";
import { type Cli, cliTest, cliTests, ROOT, USER } from "./callers.ts";

const containersOf = (cli: Cli): readonly string[] => {
  const directory = join(cli.roots.runRoot, "containers");
  return existsSync(directory) ? readdirSync(directory) : [];
};

cliTests("hello shows what isolates it and leaves nothing", async (cli) => {
  const { status, stdout, stderr } = await cli.teu(["run", "hello"]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  for (const line of [/process +pid 1, parent 0/, /user +uid 0/, /namespaces +mnt \d+/, /capabilities +chown,/, /seccomp +filter/])
    expect(stdout).toMatch(line);
  expect(containersOf(cli)).toEqual([]);
});

cliTests("hello refuses what it does not know", async (cli) => {
  expect(await cli.teu(["run", "hello", "foo"])).toEqual({
    status: 2,
    stdout: "",
    stderr: "hello: unknown argument foo; usage: hello [-v]\n",
  });
  expect((await cli.teu(["run", "hello", "-v"])).stdout).toContain("/proc/sys");
});

cliTests("--rm leaves no mount, no cgroup, no process and no state", async (cli) => {
  expect((await cli.teu([...cli.container("c", "-v", "/etc:/mnt"), "sh", "-c", "mkdir /dev/shm/x; exit 1"])).status).toBe(1);
  expect(containersOf(cli)).toEqual([]);
  expect(describeLeftovers(leftovers(cli.roots.id("c")))).toEqual([]);
});

cliTests("without --rm the container shows as stopped until it is removed", async (cli) => {
  const name = cli.roots.id("c");
  expect((await cli.teu(["run", "--name", name, "--rootfs", cli.rootfs, "sh", "-c", "exit 6"])).status).toBe(6);
  expect(await cli.teu(["ps"])).toMatchObject({ stdout: expect.not.stringContaining(name) });
  expect((await cli.teu(["ps", "-a"])).stdout).toMatch(new RegExp(`^[0-9a-f]{12} .* "sh -c 'exit 6'" +.* Exited \\(6\\) .* ${name}$`, "m"));
  expect(containersOf(cli)).toEqual([]);
  expect(await cli.teu(["rm", name])).toEqual({ status: 0, stdout: `${name}\n`, stderr: "" });
  expect(containersOf(cli)).toEqual([]);
});

cliTests("ps, rm and attach take the beginning of an id, and say what is wrong", async (cli) => {
  const [one, two] = [cli.roots.id("one"), cli.roots.id("other")];
  for (const name of [one, two]) await cli.teu(["run", "--name", name, "--rootfs", cli.rootfs, "true"]);
  const beginning = (await cli.idOf("one")).slice(0, 10);
  expect(await cli.teu(["attach", beginning])).toMatchObject({ status: 1, stdout: "" });
  expect(await cli.teu(["rm", beginning, "nosuch", `/${two}`, one.slice(0, -1)])).toEqual({
    status: 1,
    stdout: `${beginning}\n/${two}\n`,
    stderr: `teu: No such container: nosuch\nteu: No such container: ${one.slice(0, -1)}\n`,
  });
  expect(await cli.teu(["ps", "-aq"])).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(await cli.teu(["rm", "-f", "nosuch"])).toEqual({ status: 0, stdout: "", stderr: "" });
});

cliTests("a running container is removed only by force; a made id is shown short", async (cli) => {
  const running = cli.start(["run", "--rm", "--rootfs", cli.rootfs, "sh", "-c", "echo ready; sleep 1000"]);
  await eventually("it runs", () => running.stdout() === "ready\n");
  const { stdout } = await cli.teu(["ps", "-q"]);
  expect(stdout).toMatch(/^[0-9a-f]{12}\n$/);
  const id = stdout.trim();
  expect((await cli.teu(["ps"])).stdout).toMatch(new RegExp(`^${id} .* "sh -c 'echo ready; …" +.* ago +Up `, "m"));
  expect(await cli.teu(["rm", id])).toMatchObject({
    status: 1,
    stdout: "",
    stderr: expect.stringContaining("container is running: stop the container before removing or force remove"),
  });
  expect(await cli.teu(["rm", "-f", id])).toEqual({ status: 0, stdout: `${id}\n`, stderr: "" });
  expect(await running.exited).toBe(137);
  running.dispose();
});

cliTests("--explain shows the plan and makes nothing", async (cli) => {
  const { status, stdout, stderr } = await cli.teu([...cli.container("c", "--explain"), "true"]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toMatch(/^0 host: [\s\S]*^1 child: /m);
  const numbers = [...stdout.matchAll(/^ *(\d+) {2}\w/gm)].map(([, number]) => Number(number));
  expect(numbers.length).toBeGreaterThan(100);
  expect(numbers).toEqual(numbers.map((_, index) => index));
  expect(containersOf(cli)).toEqual([]);
  expect(describeLeftovers(leftovers(cli.roots.id("c")))).toEqual([]);
});

cliTests("--explain --json is the same plan as data", async (cli) => {
  const text = await cli.teu([...cli.container("c", "--explain"), "true"]);
  const json = await cli.teu([...cli.container("c", "--explain", "--json"), "true"]);
  const { sections } = JSON.parse(json.stdout) as { sections: { name: string; ops: { number: number; name: string; from: string }[] }[] };
  const ops = sections.flatMap((section) => section.ops);
  expect(ops.map(({ number, name, from }) => `${number} ${name} ${from}`)).toEqual(
    [...text.stdout.matchAll(/^ *(\d+) {2}(\w+) .*# (.*)$/gm)].map(([, number, name, from]) => `${number} ${name} ${from}`),
  );
});

cliTest(ROOT, "the number that --explain gives an op is the one that --timings gives it", async (cli) => {
  const plan = (await cli.teu([...cli.container("c", "--explain"), "true"])).stdout;
  const { status, stdout, stderr } = await cli.teu([...cli.container("c", "--timings"), "true"]);
  expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  expect(stderr).toMatch(
    /^time by section, waits left out:\n {2}host +\d+\.\d+ ms in \d+ ops\n {2}child +\d+\.\d+ ms in \d+ ops\nslowest ops:\n/,
  );
  const rows = [...stderr.matchAll(/^ +\d+\.\d+ ms +(\d+) (\w+) .*# (.*)$/gm)];
  expect(rows).toHaveLength(10);
  for (const [, number, name, from] of rows)
    expect(plan).toMatch(new RegExp(`^ *${number}  ${name} .*# ${RegExp.escape(from ?? "")}$`, "m"));
});

cliTests("eight at once do not stand in each other's way, not even the first time", async (cli) => {
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => cli.teu(["run", "hello"])));
  for (const { status, stdout, stderr } of outcomes)
    expect({ status, stderr, pid: /pid 1,/.test(stdout) }).toEqual({ status: 0, stderr: "", pid: true });
  expect(containersOf(cli)).toEqual([]);
});

cliTests("teu works from any directory and through a symbolic link, with a relative root file system", async (cli) => {
  const link = cli.roots.path("link");
  symlinkSync(cli.program, link);
  symlinkSync(cli.rootfs, cli.roots.path("rootfs"));
  const argv = [link, "run", "--rm", "--name", cli.roots.id("c"), "--rootfs", "rootfs", "echo", "here"];
  expect(await cli.run(argv, { cwd: cli.roots.directory })).toEqual({ status: 0, stdout: "here\n", stderr: "" });
});

cliTests("TEU_RUN_ROOT may be relative to where teu is called", async (cli) => {
  const options = { cwd: cli.roots.directory, env: { TEU_RUN_ROOT: "run/below" } };
  expect(await cli.teu([...cli.container("c"), "echo", "here"], options)).toEqual({ status: 0, stdout: "here\n", stderr: "" });
  expect(readdirSync(cli.roots.path("run", "below"))).toContain("containers");
});

cliTest(
  USER,
  "without a runtime directory of a login, running state is not kept where somebody else can write",
  async (cli) => {
    const { uid } = tester();
    const directory = `/tmp/teu-${uid}`;
    if (existsSync(directory)) return; // in use: not ours to change
    mkdirSync(directory);
    try {
      const env = { TEU_RUN_ROOT: "", XDG_RUNTIME_DIR: "" };
      const refused = {
        status: 125,
        stdout: "",
        stderr: expect.stringMatching(/^teu: use \/tmp\/teu-\d+ for running state: somebody else/),
      };
      expect(await cli.teu(["run", "hello"], { env })).toEqual(refused);
      chownSync(directory, uid, uid);
      chmodSync(directory, 0o722);
      expect(await cli.teu(["run", "hello"], { env })).toEqual(refused);
      chmodSync(directory, 0o700);
      expect(await cli.teu(["run", "hello"], { env })).toMatchObject({ status: 0, stderr: "" });
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
  { needs: ["root"] },
);

cliTest(ROOT, "state lies below TEU_RUN_ROOT and nowhere else", async (cli) => {
  const elsewhere = cli.roots.path("elsewhere");
  const name = cli.roots.id("c");
  const env = { TEU_RUN_ROOT: elsewhere };
  const id = (await cli.teu(["run", "-d", "--name", name, "--rootfs", cli.rootfs, "sleep", "1000"], { env })).stdout.trim();
  expect(JSON.parse(readFileSync(join(elsewhere, "containers", id, "state.json"), "utf8"))).toMatchObject({ id });
  expect(containersOf(cli)).toEqual([]);
  expect((await cli.teu(["rm", "-f", name], { env })).status).toBe(0);
});
