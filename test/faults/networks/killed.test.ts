// kill -9 at random moments of commands on containers in networks, and of every process that serves these; bridges removed and tables flushed on the way.
// After a command that looks after what others have left, rows and kernel say the same and everybody is reached; a removal leaves nothing.
import { chmodSync } from "node:fs";
import { CALLERS, type Caller, USER } from "../../cli/callers.ts";
import { type Lab, labRequires, withLab } from "../../network/lab/lab.ts";
import { seeded } from "../../store/fixtures/images.ts";
import { busyboxRootfs } from "../../support/rootfs.ts";
import { expectNothing } from "./end.ts";
import { look } from "./look.ts";
import { expectSpeakable, NETWORKS, type Random, STAYS, VERBS, type Words } from "./operations.ts";
import { killOne, type Victim } from "./processes.ts";

/** Another one: TEU_FAULT_SEED. */
const SEED = Number(process.env.TEU_FAULT_SEED ?? 20261121);
/** Of all that both callers do together: TEU_FAULT_NETWORK_OPERATIONS. */
const OPERATIONS = Number(process.env.TEU_FAULT_NETWORK_OPERATIONS ?? 300);
/** As an ordinary user. */
const USER_SHARE = 0.3;
const SLOTS = 4;
/** Milliseconds after which a command is killed: most have ended by then. */
const LONGEST = 120;
/** Operations between two looks at everything. */
const LOOK = 15;
/** So many at a time, each with an engine of its own. */
const TOGETHER = 75;

const VICTIMS: readonly Victim[] = ["monitor", "monitor", "supervisor", "name server", "watcher", "holder", "uplink", "forwarder"];

async function killed(lab: Lab, words: Words, after: number): Promise<void> {
  const running = lab.startTeu(words);
  running.endInput();
  const killer = setTimeout(() => running.kill("SIGKILL"), after);
  await running.exited;
  clearTimeout(killer);
  running.dispose();
}

/** What an end calls does so for some milliseconds. */
async function killExited(lab: Lab, words: Words, random: Random): Promise<void> {
  const running = lab.startTeu(words);
  running.endInput();
  for (let tries = 0; tries < 30 && !killOne(lab.roots, "exited", random); tries++) await Bun.sleep(2);
  await running.exited;
  running.dispose();
}

/** Somebody flushes the tables, or takes a bridge away. */
async function vandalize(lab: Lab, rootless: boolean, random: Random): Promise<void> {
  if (rootless) return; // it would be somebody in the user's own namespace
  if (random(2) === 0) await lab.in("host", ["nft", "flush", "ruleset"]);
  else {
    const links = JSON.parse(await lab.in("host", ["ip", "-j", "link", "show", "type", "bridge"])) as { readonly ifname?: string }[];
    const [victim] = links.flatMap(({ ifname }) => ifname ?? []).toSorted(() => random(3) - 1);
    if (victim !== undefined) await lab.in("host", ["ip", "link", "del", victim]);
  }
  await lab.ok(["network", "reload"]);
  await look(lab, { rootless });
}

async function operate(
  lab: Lab,
  operations: number,
  { rootless, seed }: { readonly rootless: boolean; readonly seed: number },
): Promise<void> {
  const random = seeded(seed);
  const program = ["--rootfs", await busyboxRootfs(), ...STAYS];
  for (const network of NETWORKS) await lab.ok(["network", "create", ...network]);
  const done: string[] = [];
  for (let count = 1; count <= operations; count++) {
    const number = random(SLOTS);
    const words = (VERBS[random(VERBS.length)] as (typeof VERBS)[number])({ name: `slot${number}`, number, program, random }); // below the length
    const fate = random(20);
    const after = random(LONGEST);
    done.push(`${words.filter((word) => !program.includes(word)).join(" ")} (${fate}, ${after} ms)`);
    try {
      if (fate < 11) await killed(lab, words, after);
      else if (fate < 13) await killExited(lab, words, random);
      else expectSpeakable(words, await lab.teu(words));
      if (fate < 4) expectSpeakable(words, await lab.teu(words)); // again, to its end
      if (fate > 15) killOne(lab.roots, VICTIMS[random(VICTIMS.length)] ?? "supervisor", random);
      if (fate === 15 && random(3) === 0) await vandalize(lab, rootless, random);
      if (count % LOOK === 0) await look(lab, { rootless });
    } catch (error) {
      throw new Error(`after ${count} operations, the last of them:\n  ${done.slice(-LOOK).join("\n  ")}`, { cause: error });
    }
  }
}

function faultTest(caller: Caller, operations: number, seed: number): void {
  const rootless = caller === USER;
  const { test } = labRequires(...caller.needs, ...(rootless ? ["slirp4netns" as const] : []));
  const account = caller.account;
  test(`operations on networks with kill -9 leave what is true, seed ${seed}, as ${caller.name}`, async () => {
    if (rootless) chmodSync("/dev/net/tun", 0o666); // as udev makes it
    const who = rootless ? account() : undefined;
    await withLab(
      async (lab) => {
        await operate(lab, operations, { rootless, seed });
        await look(lab, { rootless });
        await expectNothing(lab);
      },
      who === undefined ? {} : { account: who },
    );
  }, 120_000);
}

for (const caller of CALLERS) {
  const share = Math.round(OPERATIONS * (caller === USER ? USER_SHARE : 1 - USER_SHARE));
  for (let part = 0; part * TOGETHER < share; part++) faultTest(caller, Math.min(TOGETHER, share - part * TOGETHER), SEED + part);
}
