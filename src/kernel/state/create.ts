// `create` and `run`: from a bundle to a container (runtime-spec runtime.md, "Create"). Everything is read, checked and compiled before the
// first thing is touched; what was made is taken back when the launcher fails.
import { join } from "node:path";
import { TeuError } from "../../base/errors.ts";
import type { Process } from "../../spec/runtime/config.ts";
import { compileCreate } from "../compile/create.ts";
import type { Compiled, Console, Keeper, MonitorRequest } from "../compile/request.ts";
import { opAt, opSentence, originOf } from "../launch/failure.ts";
import { FIRST_EXTRA_FD, type Launched, launch, planFailure, type Stdio } from "../launch/launcher.ts";
import type { ReportRecord } from "../launch/records.ts";
import { cachedProgram } from "../seccomp/cache.ts";
import { type Bundle, rootfsOf, sourceKind } from "./bundle.ts";
import type { RuntimeContext } from "./context.ts";
import { readLinks } from "./links.ts";
import { probeMounts } from "./mount-probe.ts";
import { readProcess, ticksNow } from "./process.ts";
import { type ContainerRecord, containerDir, makeContainerDir, readPid, removeContainerDir, writeRecord, writeWhole } from "./record.ts";
import { writeStartOps } from "./start-ops.ts";
import { takeBack } from "./take-back.ts";

export interface CreateOptions {
  readonly id: string;
  readonly keeper: Keeper;
  readonly monitor?: MonitorRequest;
  readonly console?: Console;
  readonly pidFile?: string;
  readonly preserveFds: number;
  readonly noPivot: boolean;
  readonly noNewKeyring: boolean;
  readonly stdio?: readonly [Stdio, Stdio, Stdio];
  readonly timings?: boolean;
}

/** The plan of a container, and what it was made of. Changes nothing on the host. */
export function planContainer(context: RuntimeContext, bundle: Bundle, options: CreateOptions): Compiled {
  const { config } = bundle;
  const facts = context.facts();
  checkConsole(config.process, options);
  const rootfs = rootfsOf(bundle);
  const profile = config.linux?.seccomp;
  const seccomp =
    profile === undefined ? {} : { seccomp: { profile, program: cachedProgram(profile, facts.arch, { dir: context.cacheDir }) } };
  return compileCreate({
    ...options,
    config,
    bundle: bundle.path,
    rootfs,
    facts,
    stateDir: containerDir(context.root, options.id),
    firstPreserved: FIRST_EXTRA_FD,
    ...seccomp,
    ...probeMounts(config, { rootfs, noPivot: options.noPivot }),
    ...readLinks(context, config.linux?.netDevices),
    clamp: context.clamp,
    cgroupDriver: context.cgroupDriver,
    sourceKind,
  });
}

/** Where the caller's own descriptors to be preserved begin. */
export const FIRST_PRESERVED_FD = 3;

/** runc's rules: a terminal that nobody here serves needs a socket to go to, and a socket needs a terminal. */
export function checkConsole(process: Process | undefined, { console, keeper }: Pick<CreateOptions, "console" | "keeper">): void {
  const terminal = process?.terminal === true;
  if (terminal && console === undefined) {
    throw new TeuError(
      "invalid",
      `process.terminal: a terminal without --console-socket has nowhere to go${keeper === "monitor" ? "" : " when nobody stays"}`,
    );
  }
  if (!terminal && console?.kind === "socket") throw new TeuError("invalid", "--console-socket is given, but process.terminal is not set");
}

/** A container under way: settled when the launcher has left (`create`, `detach`) or, as monitor, has seen it end. */
export interface Making {
  readonly launched: Launched;
  readonly plan: Compiled;
  readonly dir: string;
  readonly record: ContainerRecord;
}

/**
 * Makes the container's state directory and starts the launcher on its plan.
 * @throws TeuError `conflict` when the id is taken.
 */
export function beginContainer(context: RuntimeContext, bundle: Bundle, options: CreateOptions): Making {
  const plan = planContainer(context, bundle, options);
  for (const warning of plan.warnings) context.warn(warning);
  const record = recordOf(context, bundle, { ...options, plan });
  const dir = makeContainerDir(context.root, options.id);
  try {
    writeWhole(join(dir, "config.json"), bundle.text);
    writeRecord(dir, record);
    if (options.keeper === "create") writeStartOps(dir, plan);
    const extra = [
      ...Array.from({ length: options.preserveFds }, (_, index) => FIRST_PRESERVED_FD + index),
      ...(options.monitor?.clientFd === undefined ? [] : (["socket"] as const)),
    ];
    const launched = launch(plan.plan, {
      launcher: context.launcher,
      dir,
      cwd: bundle.path,
      extra,
      timings: options.timings === true,
      ...(options.stdio === undefined ? {} : { stdio: options.stdio }),
    });
    return { launched, plan, dir, record };
  } catch (error) {
    removeContainerDir(context.root, options.id);
    throw error;
  }
}

/** Creates a container (or runs one and lets go of it): returns when it waits for `start`, or runs. */
export async function createContainer(context: RuntimeContext, bundle: Bundle, options: CreateOptions): Promise<void> {
  const making = beginContainer(context, bundle, options);
  const { records } = await making.launched.ended;
  const failure = planFailure(making.plan.plan, records);
  const done = records.some(({ kind }) => kind === "done");
  if (failure !== undefined || !done) {
    await takeBack(context, { config: bundle.config, record: making.record }, failure);
    throw failure ?? new TeuError("internal", `create container ${options.id}: the launcher ended before its work was done`);
  }
  warnOfRecords(context, making.plan, records);
  completeRecord(making);
}

/** Says what optional ops could not do. */
export function warnOfRecords(context: RuntimeContext, { plan }: Pick<Compiled, "plan">, records: readonly ReportRecord[]): void {
  for (const { kind, op, value } of records) {
    const failed = kind === "warned" ? opAt(plan, op) : undefined;
    if (failed !== undefined) context.warn(opSentence(originOf(failed), Number(value)));
  }
}

/** Adds what only the kernel could say: the start time that makes the pid an identity. */
export function completeRecord({ dir, record }: Pick<Making, "dir" | "record">): void {
  const pid = readPid(dir);
  const start = pid === undefined ? undefined : readProcess(pid)?.start;
  if (start !== undefined) writeRecord(dir, { ...record, start });
}

function recordOf(
  context: RuntimeContext,
  bundle: Bundle,
  made: Pick<CreateOptions, "id" | "noNewKeyring"> & { readonly plan: Compiled },
): ContainerRecord {
  const { config, path } = bundle;
  const ownStart = readProcess(process.pid)?.start ?? "0";
  return {
    version: 1,
    id: made.id,
    ociVersion: config.ociVersion,
    bundle: path,
    rootfs: rootfsOf(bundle),
    created: context.now().toISOString(),
    creator: { pid: process.pid, start: ownStart },
    made: ticksNow(ownStart),
    owner: process.geteuid?.() ?? 0,
    annotations: config.annotations ?? {},
    cgroups: made.plan.cgroups,
    ...(made.noNewKeyring ? { noNewKeyring: true } : {}),
  };
}
