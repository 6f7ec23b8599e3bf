// A container that stands still while a command reads its files (`commit`). A note beside its record says who has stopped it, so that the
// next command lets it go on where that one was killed.
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { pauseContainer, resumeContainer } from "../../../kernel/state/pause.ts";
import { isAlive, readProcess } from "../../../kernel/state/process.ts";
import type { Engine } from "../../engine.ts";
import { containerPaths } from "../state/directory.ts";
import { runState } from "../state/run-state.ts";

/** pid and start time of whoever has stopped it. */
const noteOf = ({ root }: Engine, id: string) => containerPaths(root, id).pausedBy;

/**
 * Stops a container that runs until the result is disposed of; undefined for one that does not run, that somebody else has stopped, or that
 * cannot be stopped: without root and a cgroup of its own nothing can be, and podman does not try.
 */
export function pauseWhileOpen(engine: Engine, id: string): Disposable | undefined {
  const state = runState(engine, id);
  if (state.kind !== "alive" || state.status !== "running") return undefined;
  const { freezer, unified } = state.record?.cgroups ?? {};
  if (freezer === undefined && unified === undefined) return undefined;
  const note = noteOf(engine, id);
  writeFileSync(note, `${process.pid} ${readProcess(process.pid)?.start ?? "0"}`, { mode: 0o600 });
  const goOn = () => {
    resumePaused(engine, id);
    rmSync(note, { force: true });
  };
  try {
    pauseContainer(engine.runtime, id);
  } catch (error) {
    goOn();
    throw error;
  }
  return { [Symbol.dispose]: goOn };
}

/** Lets a container go on that a killed command has stopped. */
export function resumeAbandoned(engine: Engine, id: string): void {
  const note = noteOf(engine, id);
  if (!existsSync(note)) return;
  const [pid = "", start = ""] = readFileSync(note, "utf8").split(" ");
  if (isAlive(Number(pid), start)) return;
  resumePaused(engine, id);
  rmSync(note, { force: true });
}

function resumePaused(engine: Engine, id: string): void {
  const state = runState(engine, id);
  if (state.kind === "alive" && state.status === "paused") resumeContainer(engine.runtime, id);
}
