// The engines that move images, each with a store of its own in the scratch directory, on overlay, as people have them.
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { type Bench, teuPlaces } from "../../bench.ts";
import { type Dockerd, startDockerd } from "../../dockerd.ts";
import type { Sample } from "../../timer.ts";

export interface ImageEngine {
  readonly name: string;
  readonly missing?: string | undefined;
  /** Runs a command of it; the peak is that of whoever does the work. */
  call(words: readonly string[]): Promise<Sample>;
  /** Makes its store as cold as at first use; not measured. */
  empty(): Promise<void>;
  /** Flags of pull and push to a registry on localhost. */
  readonly plain: readonly string[];
}

function teu(bench: Bench): ImageEngine {
  const places = { TEU_ROOT: `${bench.directory}/teu-images`, TEU_RUN_ROOT: `${bench.directory}/teu-images-run` };
  return {
    name: "teu",
    missing: bench.programs.teu.missing,
    call: (words) => bench.timer([bench.programs.teu.path, ...words], { env: { ...teuPlaces(bench), ...places } }),
    empty: async () => {
      for (const place of Object.values(places)) await rm(place, { recursive: true, force: true });
    },
    plain: [],
  };
}

function podman(bench: Bench): ImageEngine {
  const { podman: program } = bench.programs;
  const places = ["--root", `${bench.directory}/podman-images`, "--runroot", `${bench.directory}/podman-images-run`];
  const command = [program.path, ...places, "--storage-driver", "overlay", "--events-backend", "file", "--cgroup-manager", "cgroupfs"];
  return {
    name: "podman",
    missing: program.missing,
    call: (words) => bench.timer([...command, ...words]),
    empty: async () => void (await bench.timer([...command, "rmi", "--all", "--force"])),
    plain: ["--tls-verify=false"],
  };
}

/** The daemon and the containerd below it do the work: the largest resident set since the mark was put back. */
async function daemonPeak(pid: number): Promise<number> {
  let sum = 0;
  for (const of of await family(pid)) {
    const status = await readFile(`/proc/${of}/status`, "utf8").catch(() => "");
    sum += Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
  }
  return sum;
}

async function family(root: number): Promise<number[]> {
  const children: number[] = [];
  for (const task of await readdir(`/proc/${root}/task`)) {
    const text = await readFile(`/proc/${root}/task/${task}/children`, "utf8").catch(() => "");
    children.push(...text.split(" ").filter(Boolean).map(Number));
  }
  return [root, ...(await Promise.all(children.map(family))).flat()];
}

function docker(bench: Bench, daemon: Dockerd): ImageEngine {
  const call = (words: readonly string[]) => bench.timer([...daemon.client, ...words]);
  return {
    name: "docker",
    async call(words) {
      // proc_pid_clear_refs(5): 5 puts the peak back to what is resident now
      for (const pid of await family(daemon.pid)) await writeFile(`/proc/${pid}/clear_refs`, "5");
      const sample = await call(words);
      return { ...sample, maxRssKiB: sample.maxRssKiB + (await daemonPeak(daemon.pid)) };
    },
    empty: async () => void (await call(["system", "prune", "--all", "--force"])),
    plain: [],
  };
}

export interface ImageEngines extends AsyncDisposable {
  readonly engines: readonly ImageEngine[];
}

/** teu, podman and, where it is installed, docker with a daemon of its own. */
export async function startEngines(bench: Bench): Promise<ImageEngines> {
  const missing = bench.programs.docker.missing ?? bench.programs.dockerd.missing;
  const daemon = missing === undefined ? await startDockerd(bench, { name: "docker-images", driver: "overlay2" }) : undefined;
  const engines = [teu(bench), podman(bench), ...(daemon === undefined ? [] : [docker(bench, daemon)])];
  return {
    engines,
    async [Symbol.asyncDispose]() {
      for (const engine of engines) if (engine.missing === undefined) await engine.empty().catch(() => undefined);
      await daemon?.[Symbol.asyncDispose]();
    },
  };
}
