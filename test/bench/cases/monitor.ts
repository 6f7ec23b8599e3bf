// The memory of the one process that stays beside each container: teu's launcher as monitor, and podman's conmon.
// Measured as PSS (proc_pid_smaps_rollup): private pages whole, shared ones by the number of their users.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { type Bench, type Case, teuPlaces } from "../bench.ts";
import type { Contender } from "../contest.ts";
import { podman, podmanCommand } from "../podman.ts";

const TRIES = 100;
const STEP_MS = 50;
const END_MS = 5_000;
const SLEEP = ["/bin/sleep", "1000"];

async function pss(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8");
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1]);
}

/** Every process below `root` in the tree of parents, with its parent. */
async function descendants(root: number): Promise<Map<number, number>> {
  const parents = new Map<number, number>();
  for (const entry of await readdir("/proc")) {
    const stat = /^\d+$/.test(entry) ? await readFile(`/proc/${entry}/stat`, "utf8").catch(() => "") : "";
    const parent = /^ \S (\d+)/.exec(stat.slice(stat.lastIndexOf(")") + 1))?.[1];
    if (parent !== undefined) parents.set(Number(entry), Number(parent));
  }
  const below = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === root || below(parent));
  };
  return new Map([...parents].filter(([pid]) => below(pid)));
}

/** The launcher that has become a monitor: the parent of the container's process. Its name says nothing: it runs as a sealed copy. */
async function findMonitor(root: number): Promise<{ readonly monitor: number; readonly container: number }> {
  for (let tries = 0; tries < TRIES; tries++) {
    for (const [pid, parent] of await descendants(root)) {
      const cmdline = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
      if (cmdline === `${SLEEP.join("\0")}\0`) return { monitor: parent, container: pid };
    }
    await Bun.sleep(STEP_MS);
  }
  throw new Error("no container below teu run");
}

async function teuMonitor(bench: Bench): Promise<number> {
  const { programs, bundles, room } = bench;
  const [first = programs.teu.path, ...rest] = [...room, programs.teu.path, "run", "--rm", "--rootfs", bundles.rootfs, ...SLEEP];
  const teu = spawn(first, rest, { stdio: "ignore", env: { ...process.env, ...teuPlaces(bench) } });
  const gone = once(teu, "exit");
  try {
    const { monitor, container } = await findMonitor(teu.pid ?? 0);
    const size = await pss(monitor);
    // the container's first process has no handler for a forwarded SIGTERM, and a monitor outlives a killed teu
    process.kill(container, "SIGKILL");
    return size;
  } finally {
    const timer = setTimeout(() => teu.kill("SIGKILL"), END_MS);
    await gone;
    clearTimeout(timer);
  }
}

async function conmon(bench: Bench, runtime: "crun" | "runc"): Promise<number> {
  const name = `bench-monitor-${runtime}`;
  const via = { via: bench.room };
  const pidFile = `${bench.directory}/${name}.pid`;
  const detach = ["run", "--detach", "--name", name, "--conmon-pidfile", pidFile];
  await bench.timer(podmanCommand(bench, { runtime, verb: detach, args: SLEEP }), via);
  try {
    return await pss(Number(await readFile(pidFile, "utf8")));
  } finally {
    await bench.timer([...podman(bench, runtime), "rm", "--force", "--time", "0", name], via);
  }
}

/** The contest of monitors. */
export function monitorCase(bench: Bench): Case {
  const { teu, podman: engine, conmon: monitor } = bench.programs;
  const peers = (["crun", "runc"] as const).map(
    (runtime): Contender => ({
      name: `conmon (${runtime})`,
      missing: engine.missing ?? monitor.missing ?? bench.programs[runtime].missing,
      sample: () => conmon(bench, runtime),
    }),
  );
  const contenders: Contender[] = [{ name: "teu-launcher", missing: teu.missing, sample: () => teuMonitor(bench) }, ...peers];
  return {
    contests: [
      { title: "memory of a container's monitor (PSS)", unit: "KiB", rounds: bench.rounds(5), contenders, against: ["conmon (crun)"] },
    ],
    async [Symbol.asyncDispose]() {},
  };
}
