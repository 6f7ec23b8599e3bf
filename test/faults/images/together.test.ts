// Twenty commands at once on one store: pulls and loads of images that share layers, removals, tags, prunes. Whatever order they come in, what
// is named afterwards is whole, and nobody hears of anything but what others did.
import { expect } from "bun:test";
import { seeded } from "../../store/fixtures/images.ts";
import { requires } from "../../support/requires.ts";
import { type Fleet, withFleet } from "./fleet.ts";
import type { PoolImage } from "./pool.ts";
import { expectEmpty, expectQuiet, expectSound } from "./sound.ts";

const { test } = requires("root", "registry");

const AT_ONCE = 20;
/** Another one: TEU_FAULT_SEED. */
const SEED = Number(process.env.TEU_FAULT_SEED ?? 20);

/** What a command hears when another one was quicker: the image is gone, or somebody uses it. */
const RACED = /not in the store|No such image|conflict|in use|used by/i;

type Make = (fleet: Fleet, image: PoolImage, number: number) => readonly string[];

// biome-ignore format: table
const COMMANDS: readonly Make[] = [
  (fleet, image) => ["pull", fleet.nameOf(image)],
  (fleet, image) => ["pull", fleet.nameOf(image)],
  (fleet, image) => ["pull", fleet.nameOf(image)],
  (fleet, image) => ["load", fleet.archiveOf(image), fleet.nameOf(image)],
  (fleet, image) => ["load", fleet.archiveOf(image), fleet.nameOf(image)],
  (fleet, image) => ["rmi", fleet.nameOf(image)],
  (fleet, image, number) => ["tag", fleet.nameOf(image), `localhost/pool/tagged:${number % 3}`],
  (_, __, number) => ["rmi", `localhost/pool/tagged:${number % 3}`],
  () => ["prune"],
];

test(
  "twenty commands at once, four times, end with a sound store",
  () =>
    withFleet(async (fleet) => {
      const random = seeded(SEED);
      for (let round = 0; round < 4; round++) {
        const commands = Array.from({ length: AT_ONCE }, (_, number) => {
          const image = fleet.pool[random(fleet.pool.length)] as PoolImage; // below its length
          return (COMMANDS[random(COMMANDS.length)] as Make)(fleet, image, number);
        });
        const outcomes = await Promise.all(commands.map((args) => fleet.teu(args)));
        for (const [index, { status, stderr }] of outcomes.entries()) {
          const command = commands[index]?.join(" ");
          if (status !== 0 && !RACED.test(stderr)) throw new Error(`round ${round}: ${command}: status ${status}: ${stderr}`);
          if (status !== 0) expect({ command, status }).toEqual({ command, status: 1 });
        }
        await expectQuiet(fleet.roots);
        await expectSound(fleet.roots.root, fleet.pool, [], `after round ${round}`);
      }
      await Promise.all(
        fleet.pool.flatMap((image) => [
          fleet.teu(["pull", fleet.nameOf(image)]),
          fleet.teu(["load", fleet.archiveOf(image), fleet.nameOf(image)]),
        ]),
      );
      await expectSound(
        fleet.roots.root,
        fleet.pool,
        fleet.pool.map(({ name }) => `${name}:1`),
        "at the end",
      );
      expect(await fleet.teu(["prune"])).toMatchObject({ status: 0, stderr: "" });
      await expectEmpty(fleet.roots);
    }),
  120_000,
);
