// What lies where a container's own files should be: edited, damaged, or put there by somebody. One sentence says so, nothing hangs, and a removal
// removes it.
import { Database } from "bun:sqlite";
import { expect } from "bun:test";
import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hasEnded, readProcess } from "../../src/kernel/state/process.ts";
import { type Cli, cliTests } from "../cli/callers.ts";

/** One sentence, and no trace of a stack. */
const SENTENCE = /^teu: [^\n]+\n$/;

async function make(cli: Cli, ...verb: readonly string[]): Promise<string> {
  return (await cli.teu([...verb, "--name", cli.roots.id("c"), "--rootfs", cli.rootfs, "sleep", "1000"])).stdout.trim();
}

cliTests("a container whose document is damaged is shown as dead, refused, and removed", async (cli) => {
  const id = await make(cli, "create");
  const name = cli.roots.id("c");
  using db = new Database(join(cli.roots.root, "state.db"));
  db.query("UPDATE containers SET document = ?").run('{"version":2,"options":[]}');
  expect(await cli.teu(["ps", "-a", "--format", "{{.Names}} {{.State}}"])).toMatchObject({
    status: 0,
    stdout: `${name} dead\n`,
    stderr: "",
  });
  for (const verb of [
    ["start"],
    ["inspect"],
    ["logs"],
    ["stop"],
    ["exec", name, "true"],
    ["update", "--memory", "64m"],
    ["commit"],
    ["diff"],
  ]) {
    const words = verb.includes(name) ? verb : [...verb, name];
    const { status, stderr } = await cli.teu(words);
    expect({ words, status, stderr }).toEqual({ words, status: expect.any(Number), stderr: expect.stringMatching(SENTENCE) });
    expect({ words, stderr }).toMatchObject({ stderr: expect.stringContaining(`configuration of container ${id}: it is damaged`) });
    expect(status).not.toBe(0);
  }
  expect(await cli.teu(["rm", name])).toMatchObject({ status: 0, stderr: "" });
  expect(readdirSync(join(cli.roots.root, "containers"))).toEqual([]);
});

cliTests("a container whose running state is damaged is refused, and ended by a removal", async (cli) => {
  const id = await make(cli, "run", "-d");
  const state = join(cli.roots.runRoot, "containers", id);
  const pids = [Number(readFileSync(join(state, "pid"), "utf8"))];
  pids.push((JSON.parse(readFileSync(join(state, "state.json"), "utf8")) as { monitor: { pid: number } }).monitor.pid);
  writeFileSync(join(state, "state.json"), '{"version":');
  for (const verb of [["stop"], ["exec"], ["start"], ["rm"]]) {
    const { status, stderr } = await cli.teu([...verb, id, ...(verb[0] === "exec" ? ["true"] : [])]);
    expect({ verb, status, stderr }).toEqual({ verb, status: 1, stderr: expect.stringMatching(SENTENCE) });
    expect(stderr).toContain("state.json is damaged");
  }
  expect(await cli.teu(["rm", "-f", id])).toMatchObject({ status: 0, stdout: `${id}\n`, stderr: "" });
  expect(existsSync(state)).toBe(false);
  for (const pid of pids) {
    const facts = readProcess(pid);
    expect(facts === undefined || hasEnded(facts)).toBe(true);
  }
});

cliTests("a run whose row cannot be written is ended, and leaves nothing", async (cli) => {
  const id = await make(cli, "create");
  expect((await cli.teu(["rm", id])).status).toBe(0);
  for (const suffix of ["-wal", "-shm"]) rmSync(join(cli.roots.root, `state.db${suffix}`), { force: true });
  writeFileSync(join(cli.roots.root, "state.db"), "garbage".repeat(1000));
  for (const words of [["run"], ["run", "--rm"], ["run", "-d"], ["create"]]) {
    const { status, stderr } = await cli.teu([...words, "--rootfs", cli.rootfs, "sleep", "1000"]);
    expect({ words, status, stderr }).toEqual({ words, status: expect.any(Number), stderr: expect.stringMatching(SENTENCE) });
    expect([1, 125]).toContain(status);
    expect(stderr).toContain("the database is damaged; mend it with: teu system check --repair");
    for (const parent of [cli.roots.root, cli.roots.runRoot]) {
      const left = join(parent, "containers");
      expect({ words, left: existsSync(left) ? readdirSync(left) : [] }).toEqual({ words, left: [] });
    }
  }
});

cliTests("nothing is read that lies in place of a log or a record", async (cli) => {
  const id = await make(cli, "create");
  const directory = join(cli.roots.root, "containers", id);
  const log = join(directory, `${id}-json.log`);
  const puts: readonly [string, () => unknown][] = [
    ["a link", () => symlinkSync("/etc/passwd", log)],
    ["a FIFO", () => cli.run(["mkfifo", log])],
    ["a directory", () => cli.run(["mkdir", log])],
  ];
  for (const [what, put] of puts) {
    await put();
    for (const words of [
      ["logs", id],
      ["logs", "-f", id],
    ]) {
      const { status, stdout, stderr } = await cli.teu(words);
      expect({ what, status, stdout, stderr }).toEqual({
        what,
        status: 1,
        stdout: "",
        stderr: `teu: read the log ${log}: it is not a regular file; remove what lies there\n`,
      });
    }
    expect(await cli.teu(["start", id])).toMatchObject({ status: 1, stderr: expect.stringMatching(SENTENCE) });
    rmSync(log, { recursive: true });
  }
  rmSync(join(directory, "container.json"));
  symlinkSync("/dev/zero", join(directory, "container.json"));
  expect(await cli.teu(["image", "prune", "-f"])).toMatchObject({ status: 0, stderr: "" });
  expect(await cli.teu(["rm", id])).toMatchObject({ status: 0, stderr: "" });
});
