// What is known of a user's networks while they are up: <run root>/rootless/.
//
//   network.json    the processes, as below
//   holder.pid      of the process that holds the namespaces, from its first moment on
//   uplink.pid      pasta's own word
//   uplink/netns    a link to the network namespace; pasta ends when it is removed, and sees no more than that of several files that go at once
//   ports/<id>      the bell of the forwarder of a container's ports
//   lock            of whoever changes any of it
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeAtomically } from "../../../base/atomic-file.ts";
import { withFileLock } from "../../../base/file-lock.ts";
import type { NamespaceHolder } from "../../../kernel/state/networks/open-namespaces.ts";
import { isAlive, readProcess } from "../../../kernel/state/process.ts";
import type { UplinkProgram } from "../../../network/rootless/uplink.ts";
import type { Engine } from "../../engine.ts";

export interface Identity {
  readonly pid: number;
  readonly start: string;
}

export interface Uplink extends Identity {
  readonly program: UplinkProgram;
}

export interface RootlessRecord {
  readonly holder: NamespaceHolder;
  /** Inode number of the network namespace: which one it is. */
  readonly namespace: number;
  /** None where there is no program for it: said once. */
  readonly uplink?: Uplink;
}

type Place = Pick<Engine, "runRoot">;

export const rootlessDirectory = ({ runRoot }: Place): string => join(runRoot, "rootless");
export const placeOf = (engine: Place, name: "holder.pid" | "uplink.pid" | "uplink/netns" | "ports" | "network.json"): string =>
  join(rootlessDirectory(engine), name);

/** Undefined where there is none, or what is there is damaged, which is as good as none: its processes are found by their pid files. */
export function readRootless(engine: Place): RootlessRecord | undefined {
  const path = placeOf(engine, "network.json");
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, "utf8")) as RootlessRecord;
  } catch {
    return undefined;
  }
}

export function writeRootless(engine: Place, record: RootlessRecord): void {
  writeAtomically(placeOf(engine, "network.json"), JSON.stringify(record));
}

export function forgetRootless(engine: Place): void {
  for (const name of ["network.json", "holder.pid", "uplink.pid"] as const) rmSync(placeOf(engine, name), { force: true });
}

export const lives = ({ pid, start }: Identity): boolean => isAlive(pid, start);

/** The process of a pid file, if it is one that goes by such a name. */
export function recordedProcess(engine: Place, name: "holder.pid" | "uplink.pid", commands: readonly string[]): Identity | undefined {
  const path = placeOf(engine, name);
  if (!existsSync(path)) return undefined;
  const pid = Number(readFileSync(path, "latin1").trim());
  const facts = Number.isSafeInteger(pid) && pid > 0 ? readProcess(pid) : undefined;
  return facts !== undefined && commands.includes(facts.command) ? { pid, start: facts.start } : undefined;
}

/** @throws TeuError `unavailable` where another command keeps it too long */
export function withRootlessLock<T>(engine: Place, work: () => Promise<T>): Promise<T> {
  return withFileLock(join(rootlessDirectory(engine), "lock"), work, 0o700);
}
