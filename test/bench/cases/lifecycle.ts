// The verbs that an engine calls: create, start and delete of a container, and exec into one that runs.
import { readFile } from "node:fs/promises";
import { type Bench, type Case, deleteEverywhere, type Runtime, runtimes } from "../bench.ts";
import type { Contest } from "../contest.ts";

const AGAINST = ["crun", "runc"];
const STEP_MS = 1;
const CYCLED = "bench-cycle";
const SLEEPER = "bench-sleeper";

/** Waits until a process is gone or a zombie: only then may its container be deleted without force. */
async function ended(pid: string): Promise<void> {
  for (;;) {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
    if (stat === undefined || / [ZX] /.test(stat.slice(stat.lastIndexOf(")") + 1).slice(0, 3))) return;
    await Bun.sleep(STEP_MS);
  }
}

function cycle(bench: Bench): Contest {
  const contenders = runtimes(bench).map(({ name, program, command, via }) => ({
    name,
    missing: program.missing,
    sample: async () => {
      const pidFile = `${bench.directory}/${name.replaceAll(" ", "-")}.pid`;
      const verb = async (...words: string[]) => (await bench.timer([...command, ...words], { via })).milliseconds;
      const create = await verb("create", "--bundle", bench.bundles.plain, "--pid-file", pidFile, CYCLED);
      const start = await verb("start", CYCLED);
      await ended((await readFile(pidFile, "utf8")).trim());
      return create + start + (await verb("delete", CYCLED));
    },
  }));
  return { title: "create + start + delete (sum of the three)", unit: "ms", rounds: bench.rounds(40), contenders, against: AGAINST };
}

async function startSleeper(bench: Bench, { program, command, via }: Runtime, id: string): Promise<string | undefined> {
  if (program.missing !== undefined) return program.missing;
  return bench.timer([...command, "run", "--detach", "--bundle", bench.bundles.sleeping, id], { via }).then(
    () => undefined,
    (error: Error) => error.message,
  );
}

/** Starts a sleeping container for each runtime and makes the contests; its end deletes them. */
export async function lifecycleCase(bench: Bench): Promise<Case> {
  const taking = runtimes(bench);
  const contenders: Contest["contenders"][number][] = [];
  const ids = taking.map((_, index) => `${SLEEPER}-${index}`); // each its own: two of them are teu's, with one cgroup tree
  for (const [index, runtime] of taking.entries()) {
    const id = ids[index] ?? SLEEPER;
    const missing = await startSleeper(bench, runtime, id);
    const { name, command, via } = runtime;
    contenders.push({
      name,
      missing,
      sample: async () => (await bench.timer([...command, "exec", id, "/bin/true"], { via })).milliseconds,
    });
  }
  const exec: Contest = {
    title: "exec /bin/true in a running container",
    unit: "ms",
    rounds: bench.rounds(40),
    contenders,
    against: AGAINST,
  };
  return {
    contests: [cycle(bench), exec],
    async [Symbol.asyncDispose]() {
      for (const id of ids) await deleteEverywhere(bench, id);
      await deleteEverywhere(bench, CYCLED);
    },
  };
}
