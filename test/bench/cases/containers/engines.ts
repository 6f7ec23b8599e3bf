// The engines whose containers are measured, each with a store of its own and the image `bench` in it: a busybox. No container has a network unless
// each engine is given a network namespace.
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
  /** What a command of it says. */
  read(words: readonly string[]): Promise<string>;
  /** Runs many at once, without measuring each. */
  together(commands: readonly (readonly string[])[]): Promise<void>;
}

interface Command {
  readonly words: readonly string[];
  readonly via: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

function engine(bench: Bench, about: Pick<ContainerEngine, "name" | "missing" | "plain">, { words, via, env }: Command): ContainerEngine {
  const [first = "", ...rest] = [...via, ...words];
  return {
    ...about,
    call: (more, repeat = 1) => bench.timer([...words, ...more], { via, env, repeat }),
    read: async (more) => (await run(first, [...rest, ...more], { env: { ...process.env, ...env } })).stdout,
    async together(commands) {
      await Promise.all(commands.map((more) => run(first, [...rest, ...more], { env: { ...process.env, ...env } })));
    },
  };
}

const NO_NETWORK = ["--network", "none"];

/** The flags that podmanCommand puts before a root file system are those of an image's container too, after those of no network. */
function podmanFlags(bench: Bench): readonly string[] {
  const words = podmanCommand(bench, { runtime: "crun", verb: ["run"], args: [] });
  return words.slice(words.indexOf("--network") + NO_NETWORK.length, words.indexOf("--rootfs"));
}

export interface ContainerEngines extends AsyncDisposable {
  readonly engines: readonly ContainerEngine[];
}

export interface EngineSetting {
  /** Tells the stores of two settings apart. */
  readonly name: string;
  /** Containers that a contest that failed may have left. */
  readonly containers: readonly string[];
  /** Command words that bring an engine to its network namespace; where there are none, containers have no network. */
  readonly network?: (engine: "teu" | "podman" | "docker") => readonly string[];
}

/** teu, podman with crun and, where it is installed, docker with a daemon of its own; ready to run the image. */
export async function startContainerEngines(bench: Bench, setting: EngineSetting): Promise<ContainerEngines> {
  const { name, network } = setting;
  const { teu, podman: podmanProgram, crun, docker, dockerd } = bench.programs;
  await using stack = new AsyncDisposableStack();
  const missing = docker.missing ?? dockerd.missing;
  const daemon: Dockerd | undefined =
    missing === undefined
      ? stack.use(
          await startDockerd(bench, {
            name: `docker-${name}`,
            driver: "overlay2",
            ...(network === undefined ? {} : { network: network("docker") }),
          }),
        )
      : undefined;
  const places = { TEU_ROOT: `${bench.directory}/teu-${name}`, TEU_RUN_ROOT: `${bench.directory}/teu-${name}-run` };
  const ownStore = (word: string) => (word.startsWith(bench.directory) ? word.replace("/podman", `/podman-${name}`) : word);
  // The room was made before the namespaces, and does not see their files.
  const via = (of: "teu" | "podman") => [...(network?.(of) ?? []), ...bench.room];
  const plain = network === undefined ? NO_NETWORK : [];
  const podmanWords = podman(bench, "crun").map((word) => (word === "vfs" ? "overlay" : ownStore(word)));
  const engines = [
    engine(
      bench,
      { name: "teu", missing: teu.missing, plain },
      { words: [teu.path], via: via("teu"), env: { ...teuPlaces(bench), ...places } },
    ),
    engine(
      bench,
      { name: "podman", missing: podmanProgram.missing ?? crun.missing, plain: [...plain, ...podmanFlags(bench)] },
      { words: podmanWords, via: via("podman"), env: {} },
    ),
    engine(bench, { name: "docker", missing, plain }, { words: daemon?.client ?? [], via: [], env: {} }),
  ];
  const archive = `${bench.directory}/busybox.tar`;
  await run("tar", ["-C", bench.bundles.rootfs, "-cf", archive, "."]);
  for (const each of engines) if (each.missing === undefined) await each.call(["import", archive, IMAGE]);
  stack.defer(async () => {
    for (const each of engines)
      if (each.missing === undefined) await each.call(["rm", "-f", ...(await thereOf(each, setting.containers))]).catch(() => undefined);
  });
  const kept = stack.move();
  return { engines, [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose]() };
}

/** Those of the names that a container has. */
async function thereOf(engine: ContainerEngine, names: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of names)
    await engine.call(["inspect", name]).then(
      () => found.push(name),
      () => undefined,
    );
  return found;
}
