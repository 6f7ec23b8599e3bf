// kill -9 at random moments of every command that changes the store: what was whole stays whole, nothing half-made is seen, and after a
// prune nothing is left.
import { expect } from "bun:test";
import { seeded } from "../../store/fixtures/images.ts";
import { requires } from "../../support/requires.ts";
import { type Fleet, withFleet } from "./fleet.ts";
import { NAMES, type PoolImage } from "./pool.ts";
import { expectEmpty, expectQuiet, expectSound, namesIn } from "./sound.ts";

const { test } = requires("root", "registry");

/** Another one: TEU_FAULT_SEED. */
const SEED = Number(process.env.TEU_FAULT_SEED ?? 20261121);

interface Deed {
  /** A word of the table of lives. */
  readonly verb: string;
  readonly args: readonly string[];
  /** Names that it may take away. */
  readonly loses: readonly string[];
  /** The name that is there when it ended well. */
  readonly gains?: string;
}

type Verb = (fleet: Fleet, image: PoolImage) => Deed;

const tagged = ({ name }: PoolImage) => `${name}:1`;

// biome-ignore format: table
const VERBS: readonly Verb[] = [
  (fleet, image) => ({ verb: "pull",  args: ["pull", fleet.nameOf(image)], loses: [], gains: tagged(image) }),
  (fleet, image) => ({ verb: "load",  args: ["load", fleet.archiveOf(image), fleet.nameOf(image)], loses: [], gains: tagged(image) }),
  (fleet, image) => ({ verb: "rmi",   args: ["rmi", fleet.nameOf(image)], loses: [tagged(image)] }),
  ()             => ({ verb: "prune", args: ["prune"], loses: NAMES.map((name) => `${name}:1`) }),
];

/** Milliseconds that each command takes with the largest image in an empty store, or with that alone in it. */
async function measure(fleet: Fleet): Promise<ReadonlyMap<string, number>> {
  const image = fleet.pool.at(-1) as PoolImage; // the pool is not empty
  const lives = new Map<string, number>();
  for (const make of [VERBS[0], VERBS[2], VERBS[1], VERBS[3]]) {
    const { verb, args } = (make as Verb)(fleet, image);
    const begin = performance.now();
    const { status, stderr } = await fleet.teu(args);
    expect({ verb, status, stderr }).toEqual({ verb, status: 0, stderr: "" });
    lives.set(verb, performance.now() - begin);
  }
  return lives;
}

/** What a round does: brings in what is not there, most of the time, and takes away what is. */
function choose(fleet: Fleet, random: (bound: number) => number, there: ReadonlySet<string>): Deed {
  const removes = random(10) < 2 + there.size;
  const fitting = fleet.pool.filter((image) => there.has(tagged(image)) === removes);
  const image = (fitting[random(fitting.length)] ?? fleet.pool[random(fleet.pool.length)]) as PoolImage; // both below a length
  const verb = removes ? 2 + Number(random(4) === 0) : random(2);
  return (VERBS[verb] as Verb)(fleet, image);
}

/** What a command may say when its image is not there. */
const EXPECTED = /not in the store|No such image/;

async function killRounds(fleet: Fleet, rounds: number, seed: number): Promise<void> {
  const random = seeded(seed);
  const lives = await measure(fleet);
  let must = new Set<string>();
  let killed = 0;
  for (let round = 0; round < rounds; round++) {
    const { verb, args, loses, gains } = choose(fleet, random, must);
    const after = random(Math.ceil(lives.get(verb) ?? 0));
    const { status, stderr } = await fleet.teuKilled(args, after);
    const when = `round ${round}: ${args.join(" ")}, killed after ${after} ms`;
    if (status === 137) killed++;
    else if (status !== 0 && !EXPECTED.test(stderr)) throw new Error(`${when}: status ${status}: ${stderr}`);
    for (const name of loses) must.delete(name);
    if (status === 0 && gains !== undefined) must.add(gains);
    await expectSound(fleet.roots.root, fleet.pool, must, when);
    // What a command brought to its end although it was killed is there from now on.
    must = new Set(namesIn(fleet.roots.root));
  }
  expect(killed).toBeGreaterThan(rounds / 3);
}

async function expectWholeThenNothing(fleet: Fleet): Promise<void> {
  await expectQuiet(fleet.roots);
  for (const image of fleet.pool) expect(await fleet.teu(["pull", fleet.nameOf(image)])).toMatchObject({ status: 0, stderr: "" });
  await expectSound(fleet.roots.root, fleet.pool, fleet.pool.map(tagged), "at the end");
  expect(await fleet.teu(["prune"])).toMatchObject({ status: 0, stderr: "" });
  await expectEmpty(fleet.roots, { partials: true });
}

test(
  "two hundred commands killed at any moment break no image, show nothing half-made and leak nothing",
  () =>
    withFleet(async (fleet) => {
      await killRounds(fleet, 200, SEED);
      await expectWholeThenNothing(fleet);
    }),
  240_000,
);
