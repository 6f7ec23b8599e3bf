// kill -9 at random moments of every command that changes the store: what was whole stays whole, nothing half-made is seen, and after a
// prune nothing is left.
import { expect } from "bun:test";
import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { seeded } from "../../store/fixtures/images.ts";
import { requires } from "../../support/requires.ts";
import { busyboxRootfs } from "../../support/rootfs.ts";
import { type Fleet, withFleet } from "./fleet.ts";
import type { PoolImage } from "./pool.ts";
import { expectEmpty, expectQuiet, expectSound, namesIn } from "./sound.ts";

const { test } = requires("root", "registry", "busybox");

/** Another one: TEU_FAULT_SEED. */
const SEED = Number(process.env.TEU_FAULT_SEED ?? 20261121);

/** Rounds of the smaller tests. */
const FRESH = 30;
/** Milliseconds in which a command has begun: the database is there, and bytes come. */
const LONGEST_BEGINNING = 120;

interface Deed {
  /** A word of the table of lives. */
  readonly verb: string;
  readonly args: readonly string[];
  /** Names that it may take away; all when absent. */
  readonly loses?: readonly string[];
  /** The name that is there when it ended well. */
  readonly gains?: string;
}

type Verb = (fleet: Fleet, image: PoolImage) => Deed;

/** The image that the container was made from: it is in use, so nothing takes it away. */
const BASE = "pool/base:1";
const COMMITTED = "pool/committed:1";
const tagged = ({ name }: PoolImage) => `${name}:1`;

const pull: Verb = (fleet, image) => ({ verb: "pull", args: ["pull", fleet.nameOf(image)], loses: [], gains: tagged(image) });
const load: Verb = (fleet, image) => ({ verb: "load", args: ["load", "-i", fleet.archiveOf(image)], loses: [], gains: tagged(image) });
const rmi: Verb = (fleet, image) => ({ verb: "rmi", args: ["rmi", fleet.nameOf(image)], loses: [tagged(image)] });
const prune: Verb = () => ({ verb: "prune", args: ["image", "prune", "-a", "-f"] });
const commit: Verb = ({ roots }) => ({
  verb: "commit",
  args: ["commit", roots.id("c"), `localhost/${COMMITTED}`],
  loses: [],
  gains: COMMITTED,
});

/** Stands for what somebody may have: an image that was imported, and a container that changed some of its files. */
async function makeContainer({ roots, teu }: Fleet): Promise<void> {
  expect(await teu(["import", await busyboxRootfs(), `localhost/${BASE}`])).toMatchObject({ status: 0 });
  const change = "dd if=/dev/urandom of=/noise bs=64k count=16 2>/dev/null; rm /bin/ls; mkdir -p /a/b; echo text >/a/b/file";
  const made = await teu(["run", "--name", roots.id("c"), `localhost/${BASE}`, "/bin/sh", "-c", change]);
  expect(made).toEqual({ status: 0, stdout: "", stderr: "" });
}

/** Milliseconds that each command takes with the largest image in an otherwise empty store. */
async function measure(fleet: Fleet): Promise<ReadonlyMap<string, number>> {
  const image = fleet.pool.at(-1) as PoolImage; // the pool is not empty
  const lives = new Map<string, number>();
  for (const make of [pull, rmi, load, commit, prune]) {
    const { verb, args } = make(fleet, image);
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
  const verbs = removes ? [rmi, rmi, rmi, prune] : [pull, pull, load, load, commit];
  return (verbs[random(verbs.length)] as Verb)(fleet, image);
}

/** What a command may say when its image is not there. */
const EXPECTED = /^teu: No such image: \S+\n$/;

async function killRounds(fleet: Fleet, rounds: number, seed: number): Promise<void> {
  const random = seeded(seed);
  const lives = await measure(fleet);
  let must = new Set<string>();
  let killed = 0;
  for (let round = 0; round < rounds; round++) {
    const { verb, args, loses = must, gains } = choose(fleet, random, must);
    const after = random(Math.ceil(lives.get(verb) ?? 0));
    const { status, stderr } = await fleet.teuKilled(args, after);
    const when = `round ${round}: ${args.join(" ")}, killed after ${after} ms`;
    if (status === 137) killed++;
    else if (status !== 0 && !EXPECTED.test(stderr)) throw new Error(`${when}: status ${status}: ${stderr}`);
    for (const name of loses) must.delete(name);
    if (status === 0 && gains !== undefined) must.add(gains);
    await expectSound(fleet.roots.root, fleet.pool, [BASE, ...must], when);
    // What a command brought to its end although it was killed is there from now on.
    must = new Set([...namesIn(fleet.roots.root)].filter((name) => name !== BASE));
  }
  expect(killed).toBeGreaterThan(rounds / 3);
}

async function expectWholeThenNothing({ roots, pool, teu, nameOf }: Fleet): Promise<void> {
  await expectQuiet(roots);
  for (const image of pool) expect(await teu(["pull", nameOf(image)])).toMatchObject({ status: 0, stderr: "" });
  await expectSound(roots.root, pool, [BASE, ...pool.map(tagged)], "at the end");
  expect(await teu(["system", "check"])).toMatchObject({ status: 0, stderr: "" });
  expect(await teu(["rm", roots.id("c")])).toMatchObject({ status: 0, stderr: "" });
  expect(await teu(["system", "prune", "-a", "-f"])).toMatchObject({ status: 0, stderr: "" });
  await expectEmpty(roots, { partials: true });
}

test(
  "two hundred commands killed at any moment break no image, show nothing half-made and leak nothing",
  () =>
    withFleet(async (fleet) => {
      await makeContainer(fleet);
      await killRounds(fleet, 200, SEED);
      await expectWholeThenNothing(fleet);
    }),
  240_000,
);

test(
  "the first command of an engine, killed at any moment, leaves one that works",
  () =>
    withFleet(async (fleet) => {
      const random = seeded(SEED);
      const image = fleet.pool[2] as PoolImage; // the pool has five
      for (let round = 0; round < FRESH; round++) {
        const root = fleet.roots.path(`fresh-${round}`);
        const env = { TEU_ROOT: root, TEU_RUN_ROOT: fleet.roots.path(`fresh-run-${round}`) };
        const { verb, args } = (random(2) === 0 ? pull : load)(fleet, image);
        await fleet.teuKilled(args, random(LONGEST_BEGINNING), { env });
        const again = await fleet.teu(args, { env });
        expect({ round, verb, ...again }).toEqual({ round, verb, status: 0, stdout: expect.any(String), stderr: "" });
        await expectSound(root, fleet.pool, [tagged(image)], `round ${round}`);
      }
    }),
  60_000,
);

test(
  "an archive whose making is killed is not there, or whole",
  () =>
    withFleet(async (fleet) => {
      const random = seeded(SEED);
      const image = fleet.pool.at(-1) as PoolImage; // the pool is not empty
      expect(await fleet.teu(["pull", fleet.nameOf(image)])).toMatchObject({ status: 0 });
      const folder = fleet.roots.path("saved");
      mkdirSync(folder);
      const file = join(folder, "image.tar");
      const begin = performance.now();
      expect(await fleet.teu(["save", "-o", file, fleet.nameOf(image)])).toMatchObject({ status: 0 });
      const [life, size] = [performance.now() - begin, statSync(file).size];
      for (let round = 0; round < FRESH; round++) {
        rmSync(file, { force: true });
        await fleet.teuKilled(["save", "-o", file, fleet.nameOf(image)], random(Math.ceil(life)));
        expect([undefined, size]).toContain(statSync(file, { throwIfNoEntry: false })?.size);
      }
      rmSync(file, { force: true });
      expect(readdirSync(folder)).toEqual([]);
    }),
  60_000,
);
