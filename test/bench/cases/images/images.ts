// Images beside docker and podman: pull and push with a registry on localhost, load of a docker archive, and unpacking alone beside tar.
import { execFile } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { promisify } from "node:util";
import { debianRootfs } from "../../../support/rootfs.ts";
import { type Bench, type Case, nothingToEnd, teuPlaces } from "../../bench.ts";
import type { Contender, Contest } from "../../contest.ts";
import type { Sample } from "../../timer.ts";
import { type ImageEngine, startEngines } from "./engines.ts";
import { makeLayouts } from "./layouts.ts";
import { startBenchRegistry } from "./registry.ts";

const run = promisify(execFile);
const ROUNDS = 5;
const AGAINST = ["podman", "docker"];

/** What the contests are called; their preparation takes a while, so that whoever wants none of them is spared it. */
export const TITLES = {
  pull: "pull of a Debian image",
  forty: "pull of an image of 40 layers",
  load: "load of a docker archive of an image",
  push: "push of a pulled Debian image to another registry",
  unpack: "unpack of one Debian layer of an image",
} as const;

interface Work {
  readonly title: string;
  /** What is done before each sample, and not measured. */
  readonly before: (engine: ImageEngine) => Promise<unknown>;
  readonly words: (engine: ImageEngine) => readonly string[];
}

/** One contest of time, one of memory. */
function contestsOf(work: Work, { bench, engines }: { readonly bench: Bench; readonly engines: readonly ImageEngine[] }): Contest[] {
  const contender =
    (read: (sample: Sample) => number) =>
    (engine: ImageEngine): Contender => ({
      name: engine.name,
      missing: engine.missing,
      async sample() {
        await work.before(engine);
        return read(await engine.call(work.words(engine)));
      },
    });
  const contest = { against: AGAINST };
  return [
    { ...contest, title: work.title, unit: "ms", rounds: bench.rounds(ROUNDS), contenders: engines.map(contender((s) => s.milliseconds)) },
    {
      ...contest,
      title: `${work.title}: peak memory`,
      unit: "KiB",
      rounds: bench.rounds(2),
      contenders: engines.map(contender((s) => s.maxRssKiB)),
    },
  ];
}

/** A layer alone into an empty directory, beside tar. */
function unpackContest(bench: Bench, layer: string): Contest {
  const into = `${bench.directory}/unpacked`;
  const sample = (words: readonly string[]) => async () => {
    await rm(into, { recursive: true, force: true });
    await mkdir(into);
    return (await bench.timer(words, { env: teuPlaces(bench) })).milliseconds;
  };
  return {
    title: TITLES.unpack,
    unit: "ms",
    rounds: bench.rounds(ROUNDS),
    against: ["tar -xzf"],
    contenders: [
      {
        name: "teu",
        missing: bench.programs.teu.missing,
        sample: sample([bench.programs.teu.path, "internal", "unpack", layer, into]),
      },
      { name: "tar -xzf", sample: sample(["tar", "-xzf", layer, "--xattrs", "--numeric-owner", "-p", "-C", into]) },
    ],
  };
}

/** The contests whose titles have `only`. Makes the images, a registry that has them, one that has nothing, and the engines' stores. */
export async function imagesCase(bench: Bench, only: string): Promise<Case> {
  if (!Object.values(TITLES).some((title) => title.includes(only))) return { contests: [], [Symbol.asyncDispose]: nothingToEnd };
  const directory = `${bench.directory}/images`;
  const layouts = await makeLayouts(await debianRootfs(), directory);
  await using stack = new AsyncDisposableStack();
  const registry = stack.use(await startBenchRegistry(`${directory}/registry`));
  const target = stack.use(await startBenchRegistry(`${directory}/target`));
  await registry.fill({ ...layouts });
  const archive = `${directory}/single.tar`;
  await run("skopeo", ["copy", `oci:${layouts.single.directory}:bench`, `docker-archive:${archive}:localhost/single:bench`]);
  const { engines } = stack.use(await startEngines(bench));
  const pull = (engine: ImageEngine, name: string) => ["pull", ...engine.plain, `${registry.host}/${name}:bench`];
  const pushed = `${target.host}/single:bench`;
  const works: readonly Work[] = [
    { title: TITLES.pull, before: (engine) => engine.empty(), words: (engine) => pull(engine, "single") },
    { title: TITLES.forty, before: (engine) => engine.empty(), words: (engine) => pull(engine, "forty") },
    { title: TITLES.load, before: (engine) => engine.empty(), words: () => ["load", "--input", archive] },
    {
      title: TITLES.push,
      before: async (engine) => {
        await target.empty();
        await engine.call(pull(engine, "single"));
        await engine.call(["tag", `${registry.host}/single:bench`, pushed]);
      },
      words: (engine) => ["push", ...engine.plain, pushed],
    },
  ];
  const [layer = ""] = layouts.single.layers;
  const kept = stack.move();
  return {
    contests: [...works.flatMap((work) => contestsOf(work, { bench, engines })), unpackContest(bench, layer)],
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}
