// `exec`: one more process in a running container.
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { TeuError } from "../../base/errors.ts";
import type { Process } from "../../spec/runtime/config.ts";
import { execPaths } from "../cgroup/control/processes.ts";
import { compileExec } from "../compile/exec.ts";
import type { CompiledExec, Console, Keeper, MonitorRequest } from "../compile/request.ts";
import { planFailure } from "../launch/failure.ts";
import { FIRST_EXTRA_FD, type Launched, launch, type Stdio } from "../launch/launcher.ts";
import { encodePlan } from "../plan/encode.ts";
import { cachedProgram } from "../seccomp/cache.ts";
import { readConfigCopy } from "./bundle.ts";
import type { RuntimeContext } from "./context.ts";
import { FIRST_PRESERVED_FD } from "./create-options.ts";
import { subCgroupPaths } from "./exec-cgroup.ts";
import { checkConsole } from "./prepare.ts";
import { hasEnded, parseStat } from "./process.ts";
import { type Container, findContainer } from "./query.ts";
import { containerDir } from "./record.ts";
import { warnOfRecords } from "./warnings.ts";

export interface ExecOptions {
  readonly id: string;
  /** Makes the process of the container's own, which lends what the caller does not say. */
  readonly process: (own: Process | undefined) => Process;
  /** Not `create`: an exec does not wait for `start`. */
  readonly keeper: Exclude<Keeper, "create">;
  readonly monitor?: MonitorRequest;
  readonly console?: Console;
  readonly pidFile?: string;
  /** Descriptors of ours that the process keeps, as 3, 4, …. */
  readonly preserveFds: number;
  /** `[CONTROLLERS:]PATH` below the container's cgroups. */
  readonly cgroups: readonly string[];
  readonly ignorePaused: boolean;
  readonly stdio?: readonly [Stdio, Stdio, Stdio];
  /** Called once the launcher runs: forwards signals, serves the terminal. */
  attend?(launched: Launched): void;
}

/** Where the preserved descriptors, and then an attach client, are in the launcher: after that of the container's /proc directory. */
export const FIRST_EXEC_FD = FIRST_EXTRA_FD + 1;

/**
 * Runs a process in a container.
 * @returns its exit status (128 + n when signal n ended it); with keeper `detach`, 0 once it runs.
 * @throws TeuError `not-found`; `conflict` when the container does not run, or is paused; KernelError when the process could not be started.
 */
export async function execInContainer(context: RuntimeContext, options: ExecOptions): Promise<number> {
  const container = findContainer(context, options.id);
  checkRunning(container, options);
  const initFd = openInit(container);
  const dir = mkdtempSync(join(containerDir(context.root, options.id), "exec-"));
  try {
    const plan = planExec(context, container, options);
    for (const warning of plan.warnings) context.warn(warning);
    const preserved = Array.from({ length: options.preserveFds }, (_, index) => FIRST_PRESERVED_FD + index);
    const client = options.monitor?.clientFd === undefined ? [] : (["socket"] as const);
    const launched = launch(encodePlan(plan.plan), {
      launcher: context.launcher,
      dir,
      extra: [initFd, ...preserved, ...client],
      ...(options.stdio === undefined ? {} : { stdio: options.stdio }),
    });
    options.attend?.(launched);
    const { exitCode, records } = await launched.ended;
    const failure = planFailure(plan.plan, records);
    if (failure !== undefined) throw failure;
    if (!records.some(({ kind }) => kind === "done"))
      throw new TeuError("internal", `exec in container ${options.id}: the launcher ended before its work was done`);
    warnOfRecords(context, plan, records);
    return exitCode;
  } finally {
    closeSync(initFd);
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

/** The plan of a process in a container. Touches nothing. */
export function planExec(context: RuntimeContext, { id, record, status }: Container, options: ExecOptions): CompiledExec {
  const config = readConfigCopy(containerDir(context.root, id));
  const process = options.process(config.process);
  checkConsole(process, options);
  const facts = context.facts();
  const profile = config.linux?.seccomp;
  return compileExec({
    ...options,
    config,
    process,
    bundle: record.bundle,
    facts,
    stateDir: containerDir(context.root, id),
    initPid: status.pid,
    initFd: FIRST_EXTRA_FD,
    firstPreserved: FIRST_EXEC_FD,
    cgroups: subCgroupPaths(execPaths(record.cgroups, { pid: status.pid, facts: facts.cgroup }), options.cgroups),
    noNewKeyring: record.noNewKeyring === true,
    clamp: context.clamp,
    ...(profile === undefined ? {} : { seccomp: { profile, program: cachedProgram(profile, facts.arch, { dir: context.cacheDir }) } }),
  });
}
