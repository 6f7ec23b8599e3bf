// The engines whose containers are measured, each with a store of its own and the image `bench` in it: a busybox. No container has a network.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type Bench, teuPlaces } from "../../bench.ts";
import { type Dockerd, startDockerd } from "../../dockerd.ts";
import { podman, podmanCommand } from "../../podman.ts";
import type { Sample } from "../../timer.ts";

const run = promisify(execFile);

export const IMAGE = "bench";

export interface ContainerEngine {
  readonly name: string;
  readonly missing?: string | undefined;
  /** Flags of `run` and `create` that every container has. */
  readonly plain: readonly string[];
  /** Runs a command of it. */
  call(words: readonly string[], repeat?: number): Promise<Sample>;
  /** Runs many at once, without measuring each. */
  together(commands: readonly (readonly string[])[]): Promise<void>;
}

interface Command {
  readonly words: readonly string[];
  readonly via: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

function engine(bench: Bench, about: Pick<ContainerEngine, "name" | "missing" | "plain">, { words, via, env }: Command): ContainerEngine {
  return {
    ...about,
    call: (more, repeat = 1) => bench.timer([...words, ...more], { via, env, repeat }),
    async together(commands) {
      const [first = "", ...rest] = [...via, ...words];
      await Promise.all(commands.map((more) => run(first, [...rest, ...more], { env: { ...process.env, ...env } })));
    },
  };
}

/** The flags that podmanCommand puts before a root file system are those of an image's container too. */
function podmanFlags(bench: Bench): readonly string[] {
  const words = podmanCommand(bench, { runtime: "crun", verb: ["run"], args: [] });
  return words.slice(words.indexOf("--network"), words.indexOf("--rootfs"));
}

export interface ContainerEngines extends AsyncDisposable {
  readonly engines: readonly ContainerEngine[];
}

/** teu, podman with crun and, where it is installed, docker with a daemon of its own; ready to run the image. */
export async function startContainerEngines(bench: Bench): Promise<ContainerEngines> {
  const { teu, podman: podmanProgram, crun, docker, dockerd } = bench.programs;
  await using stack = new AsyncDisposableStack();
  const missing = docker.missing ?? dockerd.missing;
  const daemon: Dockerd | undefined =
    missing === undefined ? stack.use(await startDockerd(bench, { name: "docker-containers", driver: "overlay2" })) : undefined;
  const places = { TEU_ROOT: `${bench.directory}/teu-containers`, TEU_RUN_ROOT: `${bench.directory}/teu-containers-run` };
  const ownStore = (word: string) => (word.startsWith(bench.directory) ? word.replace("/podman", "/podman-containers") : word);
  const podmanWords = podman(bench, "crun").map((word) => (word === "vfs" ? "overlay" : ownStore(word)));
  const engines = [
    engine(
      bench,
      { name: "teu", missing: teu.missing, plain: ["--network", "none"] },
      { words: [teu.path], via: bench.room, env: { ...teuPlaces(bench), ...places } },
    ),
    engine(
      bench,
      { name: "podman", missing: podmanProgram.missing ?? crun.missing, plain: podmanFlags(bench) },
      { words: podmanWords, via: bench.room, env: {} },
    ),
    engine(bench, { name: "docker", missing: missing, plain: ["--network", "none"] }, { words: daemon?.client ?? [], via: [], env: {} }),
  ];
  const archive = `${bench.directory}/busybox.tar`;
  await run("tar", ["-C", bench.bundles.rootfs, "-cf", archive, "."]);
  for (const each of engines) if (each.missing === undefined) await each.call(["import", archive, IMAGE]);
  stack.defer(async () => {
    for (const each of engines)
      if (each.missing === undefined) await each.call(["rm", "-f", ...(await names(each))]).catch(() => undefined);
  });
  const kept = stack.move();
  return { engines, [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose]() };
}

/** Names that the contests give; what is left of a failed sample. */
async function names(of: ContainerEngine): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of ["bench-loop", "bench-kept", "bench-log"])
    await of.call(["inspect", name]).then(
      () => found.push(name),
      () => undefined,
    );
  return found;
}
