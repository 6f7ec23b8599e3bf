// `exec`: one more process in a running container.
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { TeuError } from "../../base/errors.ts";
import { type Launched, launch } from "../launch/launcher.ts";
import type { ReportRecord } from "../launch/records.ts";
import type { RuntimeContext } from "./context.ts";
import { FIRST_PRESERVED_FD } from "./create-options.ts";
import type { ExecOptions } from "./exec-options.ts";
import { type PreparedExec, prepareExec } from "./prepare-exec.ts";
import { hasEnded, parseStat } from "./process.ts";
import { type Container, findContainer } from "./query.ts";
import { containerDir } from "./record.ts";

/**
 * Runs a process in a container.
 * @returns its exit status (128 + n when signal n ended it); with keeper `detach`, 0 once it runs.
 * @throws TeuError `not-found`; `conflict` when the container does not run, or is paused; KernelError when the process could not be started.
 */
export async function execInContainer(context: RuntimeContext, options: ExecOptions): Promise<number> {
  const container = findContainer(context, options.id);
  checkRunning(container, options);
  const dir = mkdtempSync(join(containerDir(context.root, options.id), "exec-"));
  try {
    return await (await startExec(context, container, { ...options, dir })).ended;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function checkRunning({ id, status: { status, pid } }: Container, { ignorePaused }: ExecOptions): void {
  if (status === "paused" && !ignorePaused) {
    throw new TeuError("conflict", `exec in container ${id}: cannot exec in a paused container; --ignore-paused waits for its resume`);
  }
  if (status === "stopped") throw new TeuError("conflict", `exec in container ${id}: cannot exec in a stopped container`);
  if (pid === 0) throw new TeuError("conflict", `exec in container ${id}: container not running: it is ${status}`);
}

/** A process under way. */
export interface StartedExec {
  readonly launched: Launched;
  /** Its exit status. Rejects with the error where it could not be started. */
  readonly ended: Promise<number>;
  /** Of a detached one: settles once it runs; rejects as `ended`. */
  readonly running: Promise<void>;
  readonly prepared: PreparedExec;
}

/**
 * Starts the launcher on a process in a container that was seen to run.
 * @param options `dir` is where the plan and the report lie, the caller's own
 * @throws TeuError `conflict` when the container has ended since
 */
export async function startExec(
  context: RuntimeContext,
  container: Container,
  options: ExecOptions & { readonly dir: string },
): Promise<StartedExec> {
  const prepared = await prepareExec(context, container, options);
  for (const warning of prepared.warnings) context.warn(warning);
  const launched = launchExec(context, container, { ...options, prepared });
  options.attend?.(launched);
  const subject = { context, id: options.id, prepared };
  const ended = launched.ended.then(async ({ exitCode, records }) => {
    await checkRecords(subject, records);
    return exitCode;
  });
  const running = (launched.started ?? launched.ended.then(({ records }) => records)).then((records) => checkRecords(subject, records));
  // Whoever waits for one of the two need not wait for the other.
  ended.catch(() => undefined);
  running.catch(() => undefined);
  return { launched, ended, running, prepared };
}

function launchExec(
  { launcher }: RuntimeContext,
  container: Container,
  {
    prepared,
    dir,
    directory,
    preserveFds,
    monitor,
    stdio,
    detached,
  }: ExecOptions & { readonly dir: string; readonly prepared: PreparedExec },
): Launched {
  const initFd = openInit(container);
  const ownFd = directory === undefined ? undefined : openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  const preserved = Array.from({ length: preserveFds }, (_, index) => FIRST_PRESERVED_FD + index);
  const client = monitor?.clientFd === undefined ? [] : (["socket"] as const);
  try {
    return launch(prepared.encoded, {
      launcher,
      dir,
      extra: [initFd, ...preserved, ...client, ...(ownFd === undefined ? [] : [ownFd])],
      ...(stdio === undefined ? {} : { stdio }),
      ...(detached === true ? { detached } : {}),
    });
  } finally {
    closeSync(initFd);
    if (ownFd !== undefined) closeSync(ownFd);
  }
}

interface Subject {
  readonly context: RuntimeContext;
  readonly id: string;
  readonly prepared: PreparedExec;
}

/** @throws the error that the report tells of */
async function checkRecords({ context, id, prepared }: Subject, records: readonly ReportRecord[]): Promise<void> {
  if (!records.some(({ kind }) => kind === "done")) {
    prepared.failed();
    const { planFailure } = await import("../launch/failure.ts");
    const failure = planFailure(await prepared.plan(), records);
    throw failure ?? new TeuError("internal", `exec in container ${id}: the launcher ended before its work was done`);
  }
  if (records.some(({ kind }) => kind === "warned")) {
    const { warnOfRecords } = await import("./warnings.ts");
    warnOfRecords(context, { plan: await prepared.plan() }, records);
  }
}

/** Opens the /proc directory of the container's first process, and makes sure that it is still that process. */
export function openInit({ id, record, status }: Container): number {
  let fd: number | undefined;
  try {
    fd = openSync(`/proc/${status.pid}`, constants.O_RDONLY | constants.O_DIRECTORY);
    const facts = parseStat(readFileSync(`/proc/self/fd/${fd}/stat`, "latin1"));
    if (facts !== undefined && !hasEnded(facts) && (record.start === undefined || facts.start === record.start)) return fd;
  } catch {
    // gone since its status was read: as below
  }
  if (fd !== undefined) closeSync(fd);
  throw new TeuError("conflict", `exec in container ${id}: cannot exec in a stopped container`);
}
