// kill -9 at random moments of every command that changes volumes: what is in a volume stays, a name means one volume or none, and nothing of
// a killed command is left.
import { expect } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Cli, cliTests } from "../cli/callers.ts";
import { seeded } from "../store/fixtures/images.ts";

/** Another one: TEU_FAULT_SEED. */
const SEED = Number(process.env.TEU_FAULT_SEED ?? 20261122);
const ROUNDS = 40;
/** Milliseconds that such a command takes at most, on a machine that does other things too. */
const LONGEST = 90;
const FILES = 200;

/** Names of volumes that may be there; `base` always is. */
const NAMES = ["aa", "bb", "cc"] as const;

const volumes = ({ roots }: Cli) => join(roots.root, "volumes");

async function listed(cli: Cli): Promise<readonly string[]> {
  const { status, stdout, stderr } = await cli.teu(["volume", "ls", "-q"]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout.split("\n").filter(Boolean);
}

/** Every volume is whole: one that has anything has all of `base`. */
async function expectSound(cli: Cli, done: string): Promise<void> {
  const names = await listed(cli);
  expect({ done, names }).toMatchObject({ names: expect.arrayContaining(["base"]) });
  expect({ done, there: readdirSync(volumes(cli)).toSorted() }).toEqual({ done, there: [...names] });
  for (const name of names) {
    const files = readdirSync(join(volumes(cli), name, "_data"));
    expect({ done, name, files: [0, FILES].includes(files.length) }).toEqual({ done, name, files: true });
    expect(JSON.parse(readFileSync(join(volumes(cli), name, "volume.json"), "utf8"))).toMatchObject({ driver: "local" });
  }
}

cliTests(
  "volumes stand kill -9",
  async (cli) => {
    const random = seeded(SEED);
    const pick = <T>(items: readonly T[]): T => items[random(items.length)] as T; // none of the lists is empty
    await cli.teu(["volume", "create", "base"]);
    const fill = `cd '${volumes(cli)}/base/_data'; for i in $(seq ${FILES}); do echo $i > $i; done`;
    expect((await cli.run(["sh", "-ec", fill])).status).toBe(0);
    const deeds: readonly (() => readonly string[])[] = [
      () => ["create", pick(NAMES)],
      () => ["cp", "base", pick(NAMES)],
      () => ["mv", pick(NAMES), pick(NAMES)],
      () => ["rm", pick(NAMES)],
      () => ["prune", "-f"],
    ];
    for (let round = 0; round < ROUNDS; round++) {
      const args = pick(deeds)();
      const after = random(LONGEST);
      const running = cli.start(["volume", ...args]);
      const timer = setTimeout(() => running.kill("SIGKILL"), after);
      await running.exited;
      clearTimeout(timer);
      running.dispose();
      await expectSound(cli, `${args.join(" ")}, killed after ${after} ms (TEU_FAULT_SEED=${SEED}, round ${round})`);
    }
    const names = await listed(cli);
    expect((await cli.teu(["volume", "rm", ...names])).status).toBe(0);
    expect(readdirSync(volumes(cli))).toEqual([]);
  },
  { needs: [] },
);
