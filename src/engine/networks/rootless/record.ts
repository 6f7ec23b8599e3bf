// What is known of a user's networks while they are up: <run root>/rootless/.
//
//   network.json    the processes, as below
//   holder.pid      of the process that holds the namespaces, from its first moment on
//   uplink.pid      pasta's own word
//   uplink/netns    a link to the network namespace; pasta ends when it is removed, and sees no more than that of several files that go at once
//   ports/          forwarders of published ports (forwarders.ts)
//   lock            of whoever changes any of it
import { rmSync } from "node:fs";
import { join } from "node:path";
import { writeAtomically } from "../../../base/atomic-file.ts";
import { withFileLock } from "../../../base/file-lock.ts";
import { optionalText } from "../../../base/optional-text.ts";
import { readStored } from "../../../base/stored-file.ts";
import { flawIn, type Model } from "../../../base/stored-value.ts";
import type { NamespaceHolder } from "../../../kernel/state/networks/open-namespaces.ts";
import { isAlive, readProcess } from "../../../kernel/state/process.ts";
import type { UplinkProgram } from "../../../network/rootless/uplink.ts";
import type { Engine } from "../../engine.ts";

/** A process, of this start of the machine. */
export interface Identity {
  readonly pid: number;
  readonly start: string;
}

/** What joins the namespace to the host. */
export interface Uplink extends Identity {
  readonly program: UplinkProgram;
}

/** `network.json` */
export interface RootlessRecord {
  readonly holder: NamespaceHolder;
  /** Inode number of the network namespace: which one it is. */
  readonly namespace: number;
  /** None where there is no program for it: said once. */
  readonly uplink?: Uplink;
}

type Place = Pick<Engine, "runRoot">;

/** Where all of it is. */
export const rootlessDirectory = ({ runRoot }: Place): string => join(runRoot, "rootless");
/** Path of what is called so there. */
export const placeOf = (engine: Place, name: "holder.pid" | "uplink.pid" | "uplink/netns" | "ports" | "network.json"): string =>
  join(rootlessDirectory(engine), name);

const MAPS: Model = [{ containerID: 0, hostID: 0, size: 0 }];
/** Of what tells a process, and of the record, as they are stored. */
export const IDENTITY = { pid: 0, start: "" } as const satisfies Model;
const RECORD: Model = { holder: { ...IDENTITY, maps: { uids: MAPS, gids: MAPS } }, namespace: 0 };

/** Undefined where there is none, or what is there is damaged, which is as good as none: its processes are found by their pid files. */
export function readRootless(engine: Place): RootlessRecord | undefined {
  const record = readStored<RootlessRecord>(placeOf(engine, "network.json"), RECORD);
  return record?.uplink !== undefined && flawIn(record.uplink, IDENTITY) !== undefined ? undefined : record;
}

/** By whoever has the lock. */
export function writeRootless(engine: Place, record: RootlessRecord): void {
  writeAtomically(placeOf(engine, "network.json"), JSON.stringify(record));
}

/** The same, when its processes have ended. */
export function forgetRootless(engine: Place): void {
  for (const name of ["network.json", "holder.pid", "uplink.pid"] as const) rmSync(placeOf(engine, name), { force: true });
}

/** Whether it has not ended. */
export const lives = ({ pid, start }: Identity): boolean => isAlive(pid, start);

/** Nothing happens where it has ended. */
export function signalProcess({ pid, start }: Identity, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    if (isAlive(pid, start)) process.kill(pid, signal);
  } catch {
    // it has ended meanwhile
  }
}

/** The process of a pid file, if it is one that goes by such a name. */
export function recordedProcess(path: string, commands: readonly string[]): Identity | undefined {
  const pid = Number(optionalText(path) ?? "");
  const facts = Number.isSafeInteger(pid) && pid > 0 ? readProcess(pid) : undefined;
  return facts !== undefined && commands.includes(facts.command) ? { pid, start: facts.start } : undefined;
}

/** @throws TeuError `unavailable` where another command keeps it too long */
export function withRootlessLock<T>(engine: Place, work: () => Promise<T>): Promise<T> {
  return withFileLock(join(rootlessDirectory(engine), "lock"), work, 0o700);
}
