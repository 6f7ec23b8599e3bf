// Twenty commands on containers and networks at once, several times over: each does its work or says in a sentence why not, and afterwards rows, kernel and
// packets say the same.
import { chmodSync } from "node:fs";
import { CALLERS, USER } from "../../cli/callers.ts";
import { type Lab, labRequires, withLab } from "../../network/lab/lab.ts";
import { seeded } from "../../store/fixtures/images.ts";
import { busyboxRootfs } from "../../support/rootfs.ts";
import { expectNothing } from "./end.ts";
import { look } from "./look.ts";
import { expectSpeakable, NETWORKS, type Random, STAYS, VERBS } from "./operations.ts";

/** Another one: TEU_FAULT_SEED. */
const SEED = Number(process.env.TEU_FAULT_SEED ?? 20261121);
const ROUNDS = 2;
const TOGETHER = 20;
const SLOTS = 6;

async function storm(lab: Lab, random: Random): Promise<void> {
  const program = ["--rootfs", await busyboxRootfs(), ...STAYS];
  const commands = Array.from({ length: TOGETHER }, () => {
    const number = random(SLOTS);
    return (VERBS[random(VERBS.length)] as (typeof VERBS)[number])({ name: `slot${number}`, number, program, random }); // below the length
  });
  const outcomes = await Promise.all(commands.map(async (words) => ({ words, outcome: await lab.teu(words) })));
  for (const { words, outcome } of outcomes) expectSpeakable(words, outcome);
}

for (const caller of CALLERS) {
  const rootless = caller === USER;
  const { test } = labRequires(...caller.needs, ...(rootless ? ["slirp4netns" as const] : []));
  test(`commands at once leave what is true, seed ${SEED}, as ${caller.name}`, async () => {
    if (rootless) chmodSync("/dev/net/tun", 0o666); // as udev makes it
    const random = seeded(SEED);
    const body = async (lab: Lab) => {
      for (const network of NETWORKS) await lab.ok(["network", "create", ...network]);
      for (let round = 0; round < ROUNDS; round++) {
        await storm(lab, random);
        await look(lab, { rootless });
      }
      await expectNothing(lab);
    };
    const account = rootless ? caller.account() : undefined;
    await withLab(body, account === undefined ? {} : { account });
  }, 120_000);
}
