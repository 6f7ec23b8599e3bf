// Use case `kill`, and signals for other use cases: to the container's first process.

import { readFileSync } from "node:fs";
import { TeuError } from "../../../base/errors.ts";
import { dropDuties, dutyDue } from "../../../containers/duties/rows.ts";
import type { ContainerRow } from "../../../containers/state/rows.ts";
import { setWanted } from "../../../containers/state/rows.ts";
import { killContainer as killInKernel } from "../../../kernel/state/kill.ts";
import { resumeContainer } from "../../../kernel/state/pause.ts";
import { isAlive } from "../../../kernel/state/process.ts";
import { parseSignal, SIGNALS } from "../../../kernel/tables/signals.ts";
import type { Engine } from "../../engine.ts";
import { callSupervisor } from "../../supervisor/call.ts";
import { recordContainerEvent } from "../state/record-event.ts";
import { type RunState, runState } from "../state/run-state.ts";
import { dropRunState, settle } from "../state/settle.ts";
import { steadyState, untilEnded } from "./until-ended.ts";

/**
 * Sends a signal; after SIGKILL the container has ended when this returns.
 * @throws TeuError `conflict` where it does not run
 */
export async function killContainer(engine: Engine, { id, name }: ContainerRow, signal: number): Promise<void> {
  const row = await settle(engine, id);
  if (row === undefined) throw new TeuError("not-found", `No such container: ${name}`);
  const state = runState(engine, id);
  if (state.kind === "none" && cancelRestart(engine, id)) return await callSupervisor(engine);
  if (state.kind !== "alive" || state.pid === 0)
    throw new TeuError("conflict", `cannot kill container: ${name}: container ${id} is not running`);
  // docker's: who sends what ends a container does not want it back, nor paused. One that only gets told something (SIGHUP) keeps its restarts.
  const ends = asksToEnd(row, signal);
  if (ends) engine.state.write((db) => setWanted(db, id, "stopped"));
  sendSignal(engine, row, signal);
  if (ends && state.status === "paused") resume(engine, row);
  if (signal !== SIGNALS.SIGKILL) return;
  await untilEnded(engine, id, { timeout: KILL_MS });
  await settle(engine, id);
}

/** What people end programs with, where the container has no signal of its own for that. */
const ENDING: readonly number[] = [SIGNALS.SIGINT, SIGNALS.SIGQUIT, SIGNALS.SIGTERM];

function asksToEnd({ document: { life } }: ContainerRow, signal: number): boolean {
  if (signal === SIGNALS.SIGKILL) return true;
  return life.stopSignal === undefined ? ENDING.includes(signal) : parseSignal(life.stopSignal) === signal;
}

function resume(engine: Engine, row: ContainerRow): void {
  try {
    resumeContainer(engine.runtime, row.id);
    engine.state.write((db) => recordContainerEvent(engine, db, row, "unpause"));
  } catch (error) {
    if (!(error instanceof TeuError && (error.code === "conflict" || error.code === "not-found"))) throw error; // it has just ended
  }
}

/** The signal that asks the container to end. */
export function stopSignalOf({ document: { life } }: ContainerRow): number {
  return parseSignal(life.stopSignal ?? "SIGTERM") ?? SIGNALS.SIGTERM;
}

/** True where it waited for its restart: there is nothing to send a signal to, and nothing comes of it any more. */
function cancelRestart(engine: Engine, id: string): boolean {
  return engine.state.write((db) => {
    if (dutyDue(db, id, "restart") === undefined) return false;
    setWanted(db, id, "stopped");
    dropDuties(db, id);
    return true;
  });
}

const KILL_MS = 10_000;

/** Sends and records: in one transaction, as its end must not be written down before. @throws TeuError `conflict` where it has just ended */
export function sendSignal(engine: Engine, row: ContainerRow, signal: number): void {
  engine.state.write((db) => {
    killInKernel(engine.runtime, row.id, { signal, all: false });
    recordContainerEvent(engine, db, row, "kill", { signal: `${signal}` });
  });
}

/**
 * Ends what runs of a container, and waits for that.
 * @throws TeuError `unavailable` when it does not end
 */
export async function endByKill(engine: Engine, row: ContainerRow): Promise<void> {
  if (isAbandoned(runState(engine, row.id))) return await dropRunState(engine, row.id);
  await steadyState(engine, row.id); // what is at being started has nothing yet that could be killed
  try {
    sendSignal(engine, row, SIGNALS.SIGKILL);
  } catch (error) {
    if (!(error instanceof TeuError && (error.code === "conflict" || error.code === "not-found"))) throw error; // it has just ended
  }
  if (await untilEnded(engine, row.id, { timeout: KILL_MS })) return;
  const state = runState(engine, row.id);
  if (state.kind === "alive" && state.pid === 0) return await dropRunState(engine, row.id); // its cgroup tells what is left
  throw new TeuError("unavailable", `kill container ${row.name}: it does not end within ${KILL_MS / 1000} seconds of SIGKILL`);
}

/** Its launcher is at making the container yet, and who started that is gone. */
function isAbandoned(state: RunState): boolean {
  if (state.kind !== "alive" || state.status !== "creating" || state.record === undefined) return false;
  const { creator } = state.record;
  return !isAlive(creator.pid, creator.start);
}

/**
 * Whether a signal can have no effect on a process: it is the first of a pid namespace, which no signal from outside ends that it has no handler
 * for (pid_namespaces(7)), and it neither handles nor blocks this one, which it may be waiting for (signalfd(2)). proc_pid_status(5).
 */
export function isDeafTo(pid: number, signal: number): boolean {
  if (signal === SIGNALS.SIGKILL || signal === SIGNALS.SIGSTOP) return false;
  let status: string;
  try {
    status = readFileSync(`/proc/${pid}/status`, "latin1");
  } catch {
    return false; // it has just ended
  }
  const field = (name: string) => new RegExp(`^${name}:\\s+(.*)$`, "m").exec(status)?.[1] ?? "";
  const inSet = (name: string) => (BigInt(`0x${field(name) || "0"}`) & (1n << BigInt(signal - 1))) !== 0n;
  const ownPid = field("NSpid").split(/\s+/);
  return ownPid.length > 1 && ownPid.at(-1) === "1" && !inSet("SigCgt") && !inSet("SigBlk");
}
