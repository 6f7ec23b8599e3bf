// Twenty commands at once on one store: pulls and loads of images that share layers, removals, tags, prunes. Whatever order they come in, what
// is named afterwards is whole, and nobody hears of anything but what others did.
import { expect } from "bun:test";
import { seeded } from "../../store/fixtures/images.ts";
import { requires } from "../../support/requires.ts";
import { busyboxRootfs } from "../../support/rootfs.ts";
import { type Fleet, withFleet } from "./fleet.ts";
import type { PoolImage } from "./pool.ts";
import { expectEmpty, expectQuiet, expectSound } from "./sound.ts";

const { test } = requires("root", "registry", "busybox");

const AT_ONCE = 20;
/** Another one: TEU_FAULT_SEED. */
const SEED = Number(process.env.TEU_FAULT_SEED ?? 20);

/** What a command hears when another one was quicker: the image is gone, or somebody uses it. */
const RACED = /not in the store|No such image|conflict|in use|used by/i;

const NOT_THERE = /^teu: (Unable to find image|No such image)[^\n]*\n$/;

/** Commands that nobody can disturb. */
const READERS = [
  ["images", "--digests"],
  ["system", "df"],
  ["system", "check"],
];

type Make = (fleet: Fleet, image: PoolImage, number: number) => readonly string[];

// biome-ignore format: table
const COMMANDS: readonly Make[] = [
  (fleet, image) => ["pull", fleet.nameOf(image)],
  (fleet, image) => ["pull", fleet.nameOf(image)],
  (fleet, image) => ["pull", fleet.nameOf(image)],
  (fleet, image) => ["load", "-i", fleet.archiveOf(image)],
  (fleet, image) => ["load", "-i", fleet.archiveOf(image)],
  (fleet, image) => ["rmi", fleet.nameOf(image)],
  (fleet, image, number) => ["tag", fleet.nameOf(image), `localhost/pool/tagged:${number % 3}`],
  (_, __, number) => ["rmi", `localhost/pool/tagged:${number % 3}`],
  () => ["image", "prune", "-a", "-f"],
  (fleet, image, number) => ["save", "-o", fleet.roots.path(`saved-${number}.tar`), fleet.nameOf(image)],
  ...READERS.map((reader) => () => reader),
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
        for (const [index, { status, stdout, stderr }] of outcomes.entries()) {
          const command = commands[index]?.join(" ");
          const raced = !READERS.includes(commands[index] as string[]) && RACED.test(stderr);
          if (status !== 0 && !raced) throw new Error(`round ${round}: ${command}: status ${status}: ${stdout}${stderr}`);
          if (status !== 0) expect({ command, status }).toEqual({ command, status: 1 });
        }
        await expectQuiet(fleet.roots);
        await expectSound(fleet.roots.root, fleet.pool, [], `after round ${round}`);
      }
      await Promise.all(
        fleet.pool.flatMap((image) => [fleet.teu(["pull", fleet.nameOf(image)]), fleet.teu(["load", "-i", fleet.archiveOf(image)])]),
      );
      await expectSound(
        fleet.roots.root,
        fleet.pool,
        fleet.pool.map(({ name }) => `${name}:1`),
        "at the end",
      );
      expect(await fleet.teu(["image", "prune", "-a", "-f"])).toMatchObject({ status: 0, stderr: "" });
      await expectEmpty(fleet.roots);
    }),
  120_000,
);

test(
  "containers start from an image that others remove, or hear that it is not there",
  () =>
    withFleet(async ({ teu, roots }) => {
      const base = "localhost/pool/base:1";
      const rootfs = await busyboxRootfs();
      let started = 0;
      for (let round = 0; round < 5; round++) {
        expect(await teu(["import", rootfs, base])).toMatchObject({ status: 0 });
        const runs = Array.from({ length: 8 }, (_, at) => [
          "run",
          "--rm",
          "--pull",
          "never",
          "--name",
          roots.id(`r${round}-${at}`),
          base,
          "echo",
          "ran",
        ]);
        const removals = [
          ["image", "prune", "-a", "-f"],
          ["rmi", base],
          ["rmi", "-f", base],
        ];
        const outcomes = await Promise.all([...runs, ...removals].map((args) => teu(args)));
        for (const { status, stdout, stderr } of outcomes.slice(0, runs.length)) {
          if (status === 0) expect({ stdout, stderr }).toEqual({ stdout: "ran\n", stderr: "" });
          else expect({ status, stdout, stderr }).toEqual({ status: 125, stdout: "", stderr: expect.stringMatching(NOT_THERE) });
          if (status === 0) started++;
        }
        await expectSound(roots.root, [], [], `after round ${round}`);
      }
      expect(started).toBeGreaterThan(0);
      expect(await teu(["system", "prune", "-a", "-f"])).toMatchObject({ status: 0, stderr: "" });
      await expectEmpty(roots);
    }),
  120_000,
);
