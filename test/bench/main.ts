// `npm run bench`: teu beside its peers, every contest in turns, as medians and ratios. There are no thresholds: numbers are to be read.
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Bench, Case, OrdinaryUser } from "./bench.ts";
import { makeBundles } from "./bundle.ts";
import { containersCase } from "./cases/containers/containers.ts";
import { startDocker } from "./cases/docker.ts";
import { engineCase } from "./cases/engine.ts";
import { imagesCase } from "./cases/images/images.ts";
import { lifecycleCase } from "./cases/lifecycle.ts";
import { monitorCase } from "./cases/monitor.ts";
import { networksCase } from "./cases/networks/networks.ts";
import { runCase } from "./cases/run.ts";
import { startupCase } from "./cases/startup.ts";
import { hold, type Result } from "./contest.ts";
import { describeMachine, machine } from "./machine.ts";
import { removeCgroups } from "./podman.ts";
import { findPrograms } from "./programs.ts";
import { openRoom } from "./room.ts";
import { table } from "./table.ts";
import { makeTimer } from "./timer.ts";

const HELP = `usage: npm run bench [-- OPTION…]
  --quick         a few rounds of each contest, to see that the bench works
  --only TEXT     contests whose title has TEXT
  --with-docker   start a private dockerd and measure it too
  --json          print one JSON document instead of tables`;

const OPTIONS = {
  quick: { type: "boolean", default: false },
  only: { type: "string", default: "" },
  "with-docker": { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

const QUICK_ROUNDS = 2;
const TESTER = "tester";

/** The ids of the user `tester`; undefined when this machine has none. */
function testerIds(): { readonly uid: number; readonly gid: number } | undefined {
  try {
    const [, , uid, gid] = execFileSync("getent", ["passwd", TESTER], { encoding: "utf8" }).split(":");
    return { uid: Number(uid), gid: Number(gid) };
  } catch {
    return undefined;
  }
}

/** Directories of the bench: commands of the ordinary user write logs and state too. */
function layOut(directory: string, ids: ReturnType<typeof testerIds>): OrdinaryUser | undefined {
  chmodSync(directory, 0o755);
  for (const name of ["logs", "tester", "state"]) mkdirSync(join(directory, name));
  chmodSync(join(directory, "logs"), 0o1777);
  if (ids === undefined) return undefined;
  const { uid, gid } = ids;
  chownSync(join(directory, "tester"), uid, gid);
  return {
    via: ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--init-groups"],
    env: { HOME: join(directory, "tester"), XDG_RUNTIME_DIR: join(directory, "tester"), USER: TESTER },
  };
}

/** Aborts on Ctrl-C and SIGTERM, so that containers, daemons and directories of the bench are still removed. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => controller.abort(new Error(`ended by ${name}`)));
  return controller.signal;
}

async function holdAll(cases: readonly Case[], report: (result: Result) => void, only: string): Promise<Result[]> {
  const results: Result[] = [];
  const signal = interruption();
  for (const contest of cases.flatMap(({ contests }) => contests).filter(({ title }) => title.includes(only))) {
    const result = await hold(contest, { signal });
    results.push(result);
    report(result);
  }
  return results;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) return console.log(HELP);
  if (process.getuid?.() !== 0) throw new Error("the bench needs root: it measures runtimes as root and as the user `tester`");
  const directory = mkdtempSync(join(tmpdir(), "teu-bench-"));
  try {
    const programs = findPrograms();
    const facts = machine(programs);
    if (!values.json) console.log(`${describeMachine(facts)}\n`);
    const ids = testerIds();
    const tester = layOut(directory, ids);
    await using room = await openRoom();
    const bench: Bench = {
      programs,
      directory,
      room: room.via,
      bundles: await makeBundles(directory, ids?.uid ?? 0),
      timer: await makeTimer(directory),
      rounds: (full) => (values.quick ? QUICK_ROUNDS : full),
      ...(tester === undefined ? {} : { tester }),
    };
    await using docker = await startDocker(bench, values["with-docker"]);
    await using lifecycle = await lifecycleCase(bench);
    await using running = runCase(bench);
    await using images = await imagesCase(bench, values.only);
    await using containers = await containersCase(bench, values.only);
    await using networks = await networksCase(bench, values.only);
    const cases = [
      images,
      containers,
      networks,
      running,
      lifecycle,
      await startupCase(bench),
      monitorCase(bench),
      engineCase(bench, docker.contender),
    ];
    const results = await holdAll(cases, (result) => values.json || console.log(`${table(result)}\n`), values.only);
    if (values.json) console.log(JSON.stringify({ machine: facts, results }, null, 2));
  } finally {
    await removeCgroups({ directory });
    rmSync(directory, { recursive: true, force: true });
  }
}

await main().catch((error: Error) => {
  console.error(`bench: ${error.message}`);
  process.exit(1);
});
