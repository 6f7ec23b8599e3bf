// kill -9 at random moments of every command on containers, of monitors and of the supervisor. Afterwards what is told is true, what was
// killed can be done again, and a removal leaves nothing.
import { Database } from "bun:sqlite";
import { expect } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { CALLERS, ROOT } from "../../cli/callers.ts";
import { type ImageCli, imageTest } from "../../cli/image-cli.ts";
import { seeded } from "../../store/fixtures/images.ts";
import { eventually, type Outcome } from "../../support/run.ts";
import { processesOf, type TestProcess } from "./processes.ts";

/** Another one: TEU_FAULT_SEED. */
const SEED = Number(process.env.TEU_FAULT_SEED ?? 20261121);
/** Of all that both callers do together. */
const OPERATIONS = Number(process.env.TEU_FAULT_OPERATIONS ?? 500);
/** As an ordinary user. */
const USER_SHARE = 0.3;
const SLOTS = 5;
/** Milliseconds after which a command is killed: most have ended by then. */
const LONGEST = 60;
/** Operations between two looks at everything. */
const LOOK = 25;

type Random = (bound: number) => number;
type Words = readonly string[];

const STAYS = ["sh", "-c", 'trap "exit 7" TERM; while :; do sleep 0.02; done'];
const FAILS = ["sh", "-c", "sleep 0.02; exit 3"];

/** What is done to the container of a slot; the first that makes one are more likely. */
const VERBS: readonly ((name: string) => Words)[] = [
  (name) => ["run", "-d", "--name", name, "box", ...STAYS],
  (name) => ["run", "-d", "--name", name, "box", ...STAYS],
  (name) => ["run", "-d", "--name", name, "-v", `${name}-volume:/data`, "-v", "/anonymous", "box", ...STAYS],
  (name) => ["run", "-d", "--name", name, "--restart", "on-failure:3", "box", ...FAILS],
  (name) => ["run", "--name", name, "box", "sh", "-c", "exit 3"],
  (name) => ["create", "--name", name, "box", ...STAYS],
  () => ["run", "--rm", "box", "true"],
  () => ["run", "--rm", "-d", "box", ...FAILS],
  (name) => ["start", name],
  (name) => ["stop", "-t", "2", name],
  (name) => ["restart", "-t", "2", name],
  (name) => ["kill", name],
  (name) => ["exec", name, "true"],
  (name) => ["exec", "-d", name, "sleep", "0.1"],
  (name) => ["rename", name, `${name}-other`],
  (name) => ["rename", `${name}-other`, name],
  (name) => ["update", "--restart", "no", name],
  (name) => ["logs", name],
  (name) => ["cp", `${name}:/etc/passwd`, "-"],
  (name) => ["rm", "-f", name],
  (name) => ["rm", "-fv", name],
  (name) => ["rm", name],
  () => ["ps", "-a"],
  () => ["container", "prune", "-f"],
];

/** What a command may say: its container is not there, or not in the state that it needs. Nothing of this is ours to be ashamed of. */
const EXPECTED =
  /No such container|already in use|is not running|is running|not paused|is paused|already being removed|being removed|cannot (be )?(start|remov|exec)|No such|removal of container|exists already|has just|is (created|restarting|exited|running)|conflict|stopped/i;
/** What no user should ever read. */
const SHAMEFUL = /TypeError|ReferenceError|undefined|SQLITE|internal error|state\.json|at .*\.ts:\d+/;

function expectSpeakable(words: Words, { status, stderr }: Outcome): void {
  expect({ words, stderr }).not.toMatchObject({ stderr: expect.stringMatching(SHAMEFUL) });
  if (![0, 3, 7, 137, 143].includes(status)) expect({ words, status, stderr }).toMatchObject({ stderr: expect.stringMatching(EXPECTED) });
}

async function killed(cli: ImageCli, words: Words, after: number): Promise<void> {
  const running = cli.start(words);
  running.endInput();
  const killer = setTimeout(() => running.kill("SIGKILL"), after);
  await running.exited;
  clearTimeout(killer);
  running.dispose();
}

function killOne(processes: readonly TestProcess[], random: Random): void {
  const victim = processes[random(Math.max(processes.length, 1))];
  if (victim === undefined) return;
  try {
    process.kill(victim.pid, "SIGKILL");
  } catch {
    // It has just ended by itself.
  }
}

interface Told {
  readonly Id: string;
  readonly Name: string;
  readonly State: {
    readonly Status: string;
    readonly Pid: number;
    readonly ExitCode: number;
    readonly Error: string;
    readonly FinishedAt: string;
  };
}

/** What is told of each container is so. */
async function look(cli: ImageCli): Promise<void> {
  const listed = await cli.teu(["ps", "-aq", "--no-trunc"]);
  expect(listed).toMatchObject({ status: 0, stderr: expect.not.stringMatching(SHAMEFUL) });
  for (const id of listed.stdout.split("\n").filter(Boolean)) {
    const { status, stdout } = await cli.teu(["inspect", "--type", "container", id]);
    if (status !== 0) continue; // it was to be removed at its end, which has come
    const [{ State: state }] = JSON.parse(stdout) as [Told];
    if (state.Status === "running") {
      if (existsSync(`/proc/${state.Pid}`)) continue;
      await eventually(
        "what has ended is not shown running",
        async () => (await cli.teu(["inspect", "-f", "{{.State.Pid}}", id])).stdout !== `${state.Pid}\n`,
      );
    } else if (state.Status === "exited") {
      expect(state.FinishedAt).not.toStartWith("0001");
      expect([0, 3, 7, 128, 137, 143, 255]).toContain(state.ExitCode);
      if (state.ExitCode === 128 || state.ExitCode === 255) expect(state.Error).not.toBe("");
    } else expect(["created", "paused", "restarting", "removing"]).toContain(state.Status);
  }
}

async function operate(cli: ImageCli, operations: number, seed: number): Promise<void> {
  const random = seeded(seed);
  for (let count = 1; count <= operations; count++) {
    const name = `slot${random(SLOTS)}`;
    const words = (VERBS[random(VERBS.length)] as (typeof VERBS)[number])(name); // below the length
    const fate = random(20);
    if (fate < 14) await killed(cli, words, random(LONGEST));
    else expectSpeakable(words, await cli.teu(words));
    if (fate < 5) expectSpeakable(words, await cli.teu(words)); // again, to its end
    if (fate === 14) killOne(processesOf(cli.roots.mark, "monitor"), random);
    if (fate === 15) killOne(processesOf(cli.roots.mark, "supervisor"), random);
    if (count % LOOK === 0) await look(cli);
  }
}

function entries(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}

/** After everything was removed. */
async function expectNothing({ roots, teu }: ImageCli): Promise<void> {
  const there = (await teu(["ps", "-aq"])).stdout.split("\n").filter(Boolean);
  if (there.length > 0) expect(await teu(["rm", "-fv", ...there])).toMatchObject({ status: 0, stderr: "" });
  await eventually(
    "no container is left",
    async () => {
      await teu(["ps", "-a"]);
      return entries(join(roots.root, "containers")).length + entries(join(roots.runRoot, "containers")).length === 0;
    },
    90_000,
  );
  await teu(["volume", "prune", "-af"]);
  expect(entries(join(roots.root, "volumes"))).toEqual([]);
  const db = new Database(join(roots.root, "state.db"), { readonly: true });
  expect(db.query("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
  for (const table of ["containers", "duties", "health", "volumes", "volume_uses"])
    expect({ table, rows: db.query(`SELECT * FROM ${table}`).all() }).toEqual({ table, rows: [] });
  db.close();
  await eventually("the supervisor has ended", () => processesOf(roots.mark, "supervisor").length === 0);
}

/** So many at a time, each with an engine of its own. */
const TOGETHER = 50;

for (const caller of CALLERS) {
  const share = OPERATIONS * (caller === ROOT ? 1 - USER_SHARE : USER_SHARE);
  for (let part = 0; part < share / TOGETHER; part++)
    imageTest(caller, `operations with kill -9 leave what is true, seed ${SEED + part}`, async (cli) => {
      await operate(cli, TOGETHER, SEED + part);
      await look(cli);
      await expectNothing(cli);
    });
}
