// Images of an ordinary user, whose layers' files belong to the users of a user namespace: every way in and out, and commands killed at any moment.
import { expect } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { hexOf } from "../../../src/base/digest.ts";
import { seeded } from "../../store/fixtures/images.ts";
import { requires } from "../../support/requires.ts";
import { tester } from "../../support/user.ts";
import { type Fleet, withFleet } from "./fleet.ts";
import type { PoolImage } from "./pool.ts";
import { expectFiles, expectQuiet } from "./sound.ts";

const { test } = requires("root", "registry", "tester", "userns", "newuidmap", "subids");

const ROUNDS = 30;

async function ok({ teu }: Fleet, ...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await teu(args);
  expect({ command: args.join(" "), status, stderr }).toEqual({ command: args.join(" "), status: 0, stderr: "" });
  return stdout;
}

const names = async (fleet: Fleet) => (await ok(fleet, "images", "--format", "{{.Repository}}:{{.Tag}}")).split("\n").filter(Boolean);

/** All content gone, as the user has it. */
async function expectNothing(fleet: Fleet): Promise<void> {
  await ok(fleet, "system", "prune", "-a", "-f");
  await expectQuiet(fleet.roots);
  for (const folder of ["content/blobs/sha256", "layers"])
    expect({ folder, holds: readdirSync(join(fleet.roots.root, folder)) }).toEqual({ folder, holds: [] });
}

test("images go every way in and out of an ordinary user's store", () =>
  withFleet(async (fleet) => {
    const { pool, nameOf, roots, registry } = fleet;
    const [first, second] = pool as readonly [PoolImage, PoolImage];
    await ok(fleet, "pull", nameOf(first));
    await ok(fleet, "load", "-i", fleet.archiveOf(second));
    expect((await names(fleet)).toSorted()).toEqual([nameOf(first), nameOf(second)].toSorted());
    for (const image of [first, second]) {
      for (const [at, layer] of image.layers.entries())
        expectFiles(join(roots.root, "layers", hexOf(image.chainIds[at] ?? layer.diffId), "fs"), layer);
    }

    const copy = `${registry.host}/copies/a:2`;
    await ok(fleet, "tag", nameOf(first), copy);
    await ok(fleet, "push", copy);
    await ok(fleet, "rmi", copy);
    await ok(fleet, "pull", copy);
    const pushed = await fetch(`${registry.url}/v2/copies/a/manifests/2`, { headers: { accept: first.manifest.descriptor.mediaType } });
    expect(await pushed.bytes()).toEqual(first.manifest.bytes);

    const archive = join(roots.root, "saved.tar");
    await ok(fleet, "save", "-o", archive, nameOf(second));
    await ok(fleet, "rmi", nameOf(second));
    await ok(fleet, "load", "-i", archive);
    expect(await names(fleet)).toContain(nameOf(second));
    await ok(fleet, "system", "check");
    await expectNothing(fleet);
  }, tester()));

test(
  "commands of an ordinary user killed at any moment break no image and leak nothing",
  () =>
    withFleet(async (fleet) => {
      const random = seeded(1000);
      const { pool, nameOf, archiveOf } = fleet;
      const last = pool.at(-1) as PoolImage; // the pool is not empty
      const begin = performance.now();
      await ok(fleet, "pull", nameOf(last));
      const life = performance.now() - begin;
      for (let round = 0; round < ROUNDS; round++) {
        const before = await names(fleet);
        const image = pool[random(pool.length)] as PoolImage; // below its length
        const verbs = before.includes(nameOf(image))
          ? [["rmi", nameOf(image)]]
          : [
              ["pull", nameOf(image)],
              ["load", "-i", archiveOf(image)],
            ];
        const args = verbs[random(verbs.length)] ?? [];
        const { status, stderr } = await fleet.teuKilled(args, random(Math.ceil(life)));
        expect({ round, args, status, stderr }).toEqual({ round, args, status: status === 137 ? 137 : 0, stderr: "" });
        await ok(fleet, "system", "check");
        const after = await names(fleet);
        for (const name of before) expect(args[0] === "rmi" && name === args[1] ? name : after.find((other) => other === name)).toBe(name);
      }
      for (const image of pool) await ok(fleet, "pull", nameOf(image));
      for (const image of pool) {
        for (const [at, layer] of image.layers.entries())
          expectFiles(join(fleet.roots.root, "layers", hexOf(image.chainIds[at] ?? layer.diffId), "fs"), layer);
      }
      await expectNothing(fleet);
    }, tester()),
  120_000,
);
