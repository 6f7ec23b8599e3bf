// Containers of an image beside docker and podman: what people do all day, a contest each.
import { rm } from "node:fs/promises";
import { type Bench, type Case, nothingToEnd } from "../../bench.ts";
import type { Contender, Contest } from "../../contest.ts";
import { type ContainerEngine, IMAGE, startContainerEngines } from "./engines.ts";

const AGAINST = ["podman", "docker"];
const MANY = 200;
const GIB = 1024 ** 3;
const LOG_BYTES = 100 * 1000 * 1000;
const COOPERATIVE = ["sh", "-c", 'trap "exit 0" TERM; while :; do sleep 0.01; done'];
const LOOP = "bench-loop";
const KEPT = "bench-kept";
const LOG = "bench-log";

interface Work {
  readonly title: string;
  readonly rounds: number;
  /** Once for each engine, before its first sample. */
  readonly setUp?: (engine: ContainerEngine) => Promise<unknown>;
  readonly before?: (engine: ContainerEngine) => Promise<unknown>;
  /** What is measured, in milliseconds. */
  readonly sample: (engine: ContainerEngine) => Promise<number>;
  readonly after?: (engine: ContainerEngine) => Promise<unknown>;
}

const timed = async (engine: ContainerEngine, words: readonly string[]) => (await engine.call(words)).milliseconds;
const runDetached = (engine: ContainerEngine, name: string, program: readonly string[]) =>
  engine.call(["run", "-d", "--name", name, ...engine.plain, IMAGE, ...program]);
/** podman asks first, and waits ten seconds for a program that does not listen. */
const remove = (engine: ContainerEngine, ...names: readonly string[]) =>
  engine.call(["rm", "-f", ...(engine.name === "podman" ? ["-t", "0"] : []), ...names]);
/** One that stays, for the contests that work on a container. */
const keep = (engine: ContainerEngine) => engine.call(["inspect", KEPT]).catch(() => runDetached(engine, KEPT, ["sleep", "100000"]));
const manyNames = Array.from({ length: MANY }, (_, index) => `bench-many${index}`);

/** Lines of 100 bytes. */
const LOGGING = ["sh", "-c", `yes "$(printf '%099d' 7)" | head -c ${LOG_BYTES}`];

const works = (directory: string): readonly Work[] => [
  {
    title: "containers: run --rm of an image",
    rounds: 20,
    sample: (engine) => timed(engine, ["run", "--rm", ...engine.plain, IMAGE, "true"]),
  },
  {
    title: "containers: run -d, and rm -f",
    rounds: 15,
    sample: async (engine) => (await runDetached(engine, LOOP, ["sleep", "1000"])).milliseconds + (await remove(engine, LOOP)).milliseconds,
  },
  {
    title: "containers: exec of true",
    rounds: 20,
    setUp: keep,
    sample: (engine) => timed(engine, ["exec", KEPT, "true"]),
  },
  {
    title: "containers: commit",
    rounds: 5,
    setUp: async (engine) => {
      await keep(engine);
      await engine.call(["exec", KEPT, "sh", "-c", "head -c 20000000 /dev/urandom >/noise"]);
    },
    sample: (engine) => timed(engine, ["commit", KEPT, "bench-committed"]),
    after: (engine) => engine.call(["rmi", "bench-committed"]),
  },
  {
    title: "containers: cp of 1 GB into one",
    rounds: 2,
    setUp: keep,
    sample: (engine) => timed(engine, ["cp", `${directory}/large`, `${KEPT}:/large`]),
  },
  {
    title: "containers: stop of a process that cooperates",
    rounds: 8,
    before: (engine) => runDetached(engine, LOOP, COOPERATIVE),
    sample: (engine) => timed(engine, ["stop", LOOP]),
    after: (engine) => remove(engine, LOOP),
  },
  {
    title: "containers: logs of 100 MB",
    rounds: 3,
    setUp: async (engine) => {
      const whole = engine.name === "teu" ? ["--log-opt", "max-size=0"] : [];
      const driver = engine.name === "podman" ? ["--log-driver", "k8s-file"] : ["--log-driver", "json-file"];
      await engine.call(["run", "--name", LOG, ...driver, ...whole, ...engine.plain, IMAGE, ...LOGGING]);
    },
    sample: (engine) => timed(engine, ["logs", LOG]),
  },
  {
    title: `containers: ${MANY} started at once`,
    rounds: 1,
    sample: async (engine) => {
      const begin = performance.now();
      await engine.together(manyNames.map((name) => ["run", "-d", "--name", name, ...engine.plain, IMAGE, "sleep", "1000"]));
      return performance.now() - begin;
    },
    after: (engine) => remove(engine, ...manyNames),
  },
  {
    title: `containers: ps with ${MANY} of them`,
    rounds: 10,
    setUp: async (engine) => {
      for (const name of manyNames) await engine.call(["create", "--name", name, ...engine.plain, IMAGE, "sleep", "1000"]);
    },
    sample: (engine) => timed(engine, ["ps", "-a"]),
  },
];

function contestOf(work: Work, { bench, engines }: { readonly bench: Bench; readonly engines: readonly ContainerEngine[] }): Contest {
  const contenders = engines.map((engine): Contender => {
    let ready: Promise<unknown> | undefined;
    return {
      name: engine.name,
      missing: engine.missing,
      async sample() {
        ready ??= work.setUp?.(engine) ?? Promise.resolve();
        await ready;
        await work.before?.(engine);
        const milliseconds = await work.sample(engine);
        await work.after?.(engine);
        return milliseconds;
      },
    };
  });
  return { title: work.title, unit: "ms", rounds: bench.rounds(work.rounds), contenders, against: AGAINST };
}

/** The contests whose titles have `only`; crun on the same root file system runs beside the first. */
export async function containersCase(bench: Bench, only: string): Promise<Case> {
  const wanted = works(bench.directory).filter(({ title }) => title.includes(only));
  if (wanted.length === 0) return { contests: [], [Symbol.asyncDispose]: nothingToEnd };
  await using stack = new AsyncDisposableStack();
  const { engines } = stack.use(await startContainerEngines(bench, { name: "containers", containers: [LOOP, KEPT, LOG] }));
  await Bun.write(`${bench.directory}/large`, new Uint8Array(GIB));
  stack.defer(() => rm(`${bench.directory}/large`, { force: true }));
  stack.defer(async () => {
    for (const engine of engines) if (engine.missing === undefined) await remove(engine, ...manyNames).catch(() => undefined);
  });
  const contests = wanted.map((work) => contestOf(work, { bench, engines }));
  const kept = stack.move();
  return { contests: contests.map((contest) => withCrun(bench, contest)), [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose]() };
}

/** What the kernel's part costs: crun on the same root file system, of a bundle that is there already. */
function withCrun(bench: Bench, contest: Contest): Contest {
  if (!contest.title.includes("run --rm")) return contest;
  const { crun } = bench.programs;
  const words = [crun.path, "--root", `${bench.directory}/state/crun-image`, "run", "--bundle", bench.bundles.seccomp, "bench-image"];
  const contender: Contender = {
    name: "crun, of a bundle",
    missing: crun.missing,
    sample: async () => (await bench.timer(words, { via: bench.room })).milliseconds,
  };
  return { ...contest, contenders: [...contest.contenders, contender], against: [...contest.against, contender.name] };
}
