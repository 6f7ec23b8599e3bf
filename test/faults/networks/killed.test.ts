// kill -9 at random moments of commands on containers in networks, and of every process that serves these; bridges removed and tables flushed on the way.
// After a command that looks after what others have left, rows and kernel say the same and everybody is reached; a removal leaves nothing.
import { expect } from "bun:test";
import { chmodSync } from "node:fs";
import { CALLERS, type Caller, USER } from "../../cli/callers.ts";
import { type Lab, labRequires, withLab } from "../../network/lab/lab.ts";
import { seeded } from "../../store/fixtures/images.ts";
import { busyboxRootfs } from "../../support/rootfs.ts";
import type { Outcome } from "../../support/run.ts";
import { expectNothing } from "./end.ts";
import { look, SHAMEFUL } from "./look.ts";
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

type Random = (bound: number) => number;
type Words = readonly string[];

const STAYS = ["sh", "-c", 'trap "exit 7" TERM; while :; do sleep 0.05; done'];

/** What networks are like. The first has room for static addresses, the second leads nowhere. */
const NETWORKS: readonly Words[] = [["--subnet", "10.123.0.0/24", "net0"], ["--internal", "net1"], ["net2"]];

interface Slot {
  readonly name: string;
  readonly number: number;
  /** What `run` ends with. */
  readonly program: Words;
  readonly random: Random;
}

const net = ({ random }: Slot): string => `net${random(NETWORKS.length)}`;
const ports = ({ number }: Slot): Words => ["-p", `${8000 + number}:80`, "-p", `${8000 + number}:80/udp`];

/** What is done to the container of a slot; the first that makes one are more likely. */
const VERBS: readonly ((slot: Slot) => Words)[] = [
  ({ name, program }) => ["run", "-d", "--name", name, ...program],
  (slot) => ["run", "-d", "--name", slot.name, ...ports(slot), ...slot.program],
  (slot) => ["run", "-d", "--name", slot.name, "--network", "net0", ...ports(slot), ...slot.program],
  (slot) => [
    "run",
    "-d",
    "--name",
    slot.name,
    "--network",
    "net0",
    "--ip",
    `10.123.0.${100 + slot.number}`,
    ...ports(slot),
    ...slot.program,
  ],
  (slot) => ["run", "-d", "--rm", "--name", slot.name, "--network", net(slot), ...slot.program],
  (slot) => ["run", "-d", "--name", slot.name, "--network", "net1", "--network", "net2", ...ports(slot), ...slot.program],
  (slot) => ["run", "-d", "--rm", "--network", net(slot), "-p", "80", ...slot.program.slice(0, 2), "sleep", "0.2"],
  (slot) => ["run", "--rm", "--network", net(slot), ...ports(slot), ...slot.program.slice(0, 2), "true"],
  ({ name }) => ["start", name],
  ({ name }) => ["start", name],
  ({ name }) => ["stop", "-t", "1", name],
  ({ name }) => ["restart", "-t", "1", name],
  ({ name }) => ["kill", name],
  ({ name }) => ["rm", "-f", name],
  ({ name }) => ["rename", name, `${name}-other`],
  ({ name }) => ["rename", `${name}-other`, name],
  ({ random }) => ["network", "create", ...(NETWORKS[random(NETWORKS.length)] ?? [])],
  (slot) => ["network", "connect", net(slot), slot.name],
  (slot) => ["network", "disconnect", net(slot), slot.name],
  (slot) => ["network", "disconnect", "-f", "bridge", slot.name],
  (slot) => ["network", "rm", net(slot)],
  () => ["network", "prune", "-f"],
  ({ name, number }) => ["update", "--publish", `${9000 + number}:80`, name],
  ({ name, number }) => ["update", "--unpublish", `${9000 + number}:80`, name],
  () => ["network", "reload"],
  () => ["container", "prune", "-f"],
  () => ["ps", "-a"],
];

const VICTIMS: readonly Victim[] = ["monitor", "monitor", "supervisor", "name server", "watcher", "holder", "uplink", "forwarder"];

/** What a command may say: its container or network is not there, or not in the state that it needs. */
const EXPECTED =
  /No such|not found|already in use|is not running|is running|being removed|exists already|already exists|has active endpoints|is not connected|already connected|already exists in network|already allocated|overlaps|has just|is (created|restarting|exited|running)|conflict|stopped|in use|taken|no public port/i;

function expectSpeakable(words: Words, { status, stderr }: Outcome): void {
  expect({ words, stderr }).not.toMatchObject({ stderr: expect.stringMatching(SHAMEFUL) });
  if (![0, 7, 137, 143].includes(status)) expect({ words, status, stderr }).toMatchObject({ stderr: expect.stringMatching(EXPECTED) });
}

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
