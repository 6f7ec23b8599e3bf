// The directory of one exec, in the running state of its container, with which it goes:
//   <state directory>/exec-<exec id>/
//     exec.json   what was asked for, and who waits for its end
//     pid         its process, written by the launcher before that process may do anything
//     exit        how it ended, written by its monitor
// Who takes its end into the record of events renames it first, so that this happens once.
import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { optionalText } from "../../../base/optional-text.ts";
import { UNSEEN_END } from "../../../containers/state/rows.ts";
import { isAlive, readProcess } from "../../../kernel/state/process.ts";
import { containerDir, readPid, writeWhole } from "../../../kernel/state/record.ts";
import type { Engine } from "../../engine.ts";
import { readExit } from "../state/run-state.ts";

export interface ExecRecord {
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly args: readonly string[];
  /** As it was asked for. */
  readonly user: string;
  readonly terminal: boolean;
  readonly privileged: boolean;
  /** Milliseconds since the epoch. */
  readonly created: number;
  /** The command that makes it, and waits for its end unless it was detached. */
  readonly attended?: { readonly pid: number; readonly start: string };
}

const PREFIX = "exec-";
/** Of one whose end is being taken into the record. */
const TAKEN = "ended-";
const RECORD = "exec.json";

type Runtime = Pick<Engine, "runtime">;

/** Makes the directory. */
export function makeExecDirectory({ runtime }: Runtime, container: string, record: Omit<ExecRecord, "attended">): string {
  const dir = join(containerDir(runtime.root, container), PREFIX + record.id);
  mkdirSync(dir, { mode: 0o700 });
  const self = { pid: process.pid, start: readProcess(process.pid)?.start ?? "0" };
  writeRecord(dir, { ...record, attended: self });
  return dir;
}

/** It runs, and the command that began it does not stay with it. */
export function leaveExec(dir: string, record: Omit<ExecRecord, "attended">): void {
  writeRecord(dir, record);
}

function writeRecord(dir: string, record: ExecRecord): void {
  writeWhole(join(dir, RECORD), JSON.stringify(record));
}

/** The execs of a container that nobody has taken the end of: those that run, and those that have just ended. */
export function listExecs({ runtime }: Runtime, container: string): ExecRecord[] {
  const dir = containerDir(runtime.root, container);
  return namesIn(dir)
    .filter((name) => name.startsWith(PREFIX))
    .flatMap((name) => readRecord(join(dir, name)) ?? []);
}

/** Takes the end of one: true for whoever comes first, who then has to write it down. */
export function takeExec({ runtime }: Runtime, container: string, id: string): boolean {
  const dir = containerDir(runtime.root, container);
  try {
    renameSync(join(dir, PREFIX + id), join(dir, TAKEN + id));
  } catch {
    return false; // somebody else has, or its container has ended meanwhile
  }
  rmSync(join(dir, TAKEN + id), { recursive: true, force: true });
  return true;
}

export interface ExecEnd {
  readonly record: ExecRecord;
  /** docker's exit code. */
  readonly exitCode: number;
}

/** Those that have ended, and that no command waits for any more. */
export function abandonedExecs(engine: Runtime, container: string): ExecEnd[] {
  const dir = containerDir(engine.runtime.root, container);
  return listExecs(engine, container).flatMap((record) => {
    const { attended, id } = record;
    if (attended !== undefined && isAlive(attended.pid, attended.start)) return [];
    const own = join(dir, PREFIX + id);
    const exitCode = readExit(own)?.exitCode ?? (isUnderWay(own) ? undefined : UNSEEN_END);
    return exitCode === undefined ? [] : [{ record, exitCode }];
  });
}

/** Its monitor was killed where there is a process and no end: it runs on, unseen, until it has gone. One without a process was never made. */
function isUnderWay(own: string): boolean {
  const pid = readPid(own);
  return pid !== undefined && readProcess(pid) !== undefined;
}

/** Undefined for one that is being made, or taken. */
function readRecord(own: string): ExecRecord | undefined {
  const text = optionalText(join(own, RECORD));
  return text === undefined ? undefined : (JSON.parse(text) as ExecRecord); // written by makeExecDirectory alone, mode 0600
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return []; // the container has ended
  }
}
