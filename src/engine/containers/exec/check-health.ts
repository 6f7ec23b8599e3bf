// Runs the health check of a container once, as an exec, and writes down what it found: the supervisor does when it is due, people when they like.
import type { Writer } from "../../../base/database.ts";
import { TeuError } from "../../../base/errors.ts";
import { ProbeOutput, timeoutText } from "../../../containers/health/output.ts";
import { healthOf, putHealth } from "../../../containers/health/rows.ts";
import type { HealthSettings } from "../../../containers/health/settings.ts";
import { afterProbe, HEALTH_AT_START, type Health, type ProbeResult } from "../../../containers/health/verdict.ts";
import { type ContainerRow, containerById } from "../../../containers/state/rows.ts";
import { openPipe } from "../../../kernel/launch/pipe.ts";
import { containerDir } from "../../../kernel/state/record.ts";
import type { Engine } from "../../engine.ts";
import { recordContainerEvent } from "../state/record-event.ts";
import { kernelStatus } from "../view.ts";
import { execInContainer, type RunningExec } from "./exec.ts";

/** docker's, of a check that could not be run or took too long. */
const NO_RESULT = -1;
/** Between attempts to end a check that took too long: at the first it may not have begun. */
const KILL_AGAIN_MS = 100;

export interface Checked {
  readonly result: ProbeResult;
  readonly health: Health;
}

/**
 * Undefined where the container's run has ended meanwhile, or it was stopped from going on: that is no matter of health.
 * @param follow what else is to be done in the transaction that writes the result down
 */
export async function checkHealth(
  engine: Engine,
  row: ContainerRow,
  settings: HealthSettings,
  follow?: (db: Writer, checked: Checked) => void,
): Promise<Checked | undefined> {
  const result = await runProbe(engine, row, settings);
  if (result === undefined) return undefined;
  return engine.state.write((db) => {
    const now = containerById(db, row.id);
    if (now === undefined || now.run !== row.run || now.finished !== undefined) return undefined;
    const before = healthOf(db, row.id, row.run) ?? HEALTH_AT_START;
    const health = afterProbe(before, result, { started: row.started ?? 0, settings });
    putHealth(db, row.id, { run: row.run, health });
    if (health.status !== before.status) recordContainerEvent(engine, db, now, `health_status: ${health.status}`);
    const checked = { result, health };
    follow?.(db, checked);
    return checked;
  });
}

async function runProbe(engine: Engine, row: ContainerRow, settings: HealthSettings): Promise<ProbeResult | undefined> {
  const Start = engine.runtime.now().toISOString();
  const resultOf = (ExitCode: number, Output: string): ProbeResult => ({
    Start,
    End: engine.runtime.now().toISOString(),
    ExitCode,
    Output,
  });
  try {
    const { status, output, late } = await runExec(engine, row, settings);
    if (kernelStatus(engine, row.id)?.status !== "running" && status !== 0) return undefined; // the container's end was its end
    return late ? resultOf(NO_RESULT, timeoutText(settings.timeout, output)) : resultOf(status, output);
  } catch (error) {
    if (!(error instanceof TeuError)) throw error;
    return kernelStatus(engine, row.id)?.status === "running" ? resultOf(NO_RESULT, error.message) : undefined;
  }
}

interface Outcome {
  readonly status: number;
  readonly output: string;
  /** It took too long, and was ended. */
  readonly late: boolean;
}

async function runExec(engine: Engine, row: ContainerRow, { args, timeout }: HealthSettings): Promise<Outcome> {
  const { runtime } = engine;
  const pipe = openPipe({ launcher: runtime.launcher, dir: containerDir(runtime.root, row.id), arch: runtime.facts().arch });
  const output = new ProbeOutput();
  let late = false;
  let timer: Timer | undefined;
  const end = (exec: RunningExec) => {
    late = true;
    exec.kill();
    timer = setTimeout(() => end(exec), KILL_AGAIN_MS);
  };
  pipe.drain((bytes) => output.add(bytes));
  let status = NO_RESULT;
  try {
    const ask = { args, env: [], privileged: false, terminal: false, interactive: false };
    status = await execInContainer(engine, row, ask, {
      detached: false,
      stdio: ["ignore", pipe.writeEnd, pipe.writeEnd],
      attend: (exec) => {
        timer = setTimeout(() => end(exec), timeout);
      },
    });
  } finally {
    clearTimeout(timer);
    await pipe.finish();
  }
  return { status, output: output.text(), late };
}
