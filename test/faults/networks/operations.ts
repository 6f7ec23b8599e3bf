// What is done to containers and networks when faults are looked for, and what commands may say to it.
import { expect } from "bun:test";
import type { Outcome } from "../../support/run.ts";
import { SHAMEFUL } from "./look.ts";

export type Random = (bound: number) => number;
export type Words = readonly string[];

/** A program that stays until it is told to end. */
export const STAYS = ["sh", "-c", 'trap "exit 7" TERM; while :; do sleep 0.05; done'];

/** What networks are like. The first has room for static addresses, the second leads nowhere. */
export const NETWORKS: readonly Words[] = [["--subnet", "10.123.0.0/24", "net0"], ["--internal", "net1"], ["net2"]];

export interface Slot {
  readonly name: string;
  readonly number: number;
  /** What `run` ends with. */
  readonly program: Words;
  readonly random: Random;
}

const net = ({ random }: Slot): string => `net${random(NETWORKS.length)}`;
const ports = ({ number }: Slot): Words => ["-p", `${8000 + number}:80`, "-p", `${8000 + number}:80/udp`];

/** What is done to the container of a slot; the first that makes one are more likely. */
export const VERBS: readonly ((slot: Slot) => Words)[] = [
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

/** What a command may say: its container or network is not there, or not in the state that it needs. */
const EXPECTED =
  /No such|not found|already in use|is not running|is running|being removed|exists already|already exists|has active endpoints|is not connected|already connected|already exists in network|already allocated|overlaps|has just|is (created|restarting|exited|running)|conflict|stopped|in use|taken|no public port/i;

/** It has done its work, or says in a sentence why not. */
export function expectSpeakable(words: Words, { status, stderr }: Outcome): void {
  expect({ words, stderr }).not.toMatchObject({ stderr: expect.stringMatching(SHAMEFUL) });
  if (![0, 7, 137, 143].includes(status)) expect({ words, status, stderr }).toMatchObject({ stderr: expect.stringMatching(EXPECTED) });
}
