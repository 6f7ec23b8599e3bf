// The part of `create` and `run` that touches something: the state directory, then the launcher.
import { join } from "node:path";
import { type Launched, launch } from "../launch/launcher.ts";
import type { RuntimeContext } from "./context.ts";
import { type CreateOptions, FIRST_PRESERVED_FD } from "./create-options.ts";
import type { Prepared } from "./prepared.ts";
import { readProcess, ticksNow } from "./process.ts";
import { type ContainerRecord, makeContainerDir, readPid, removeContainerDir, writeRecord, writeWhole } from "./record.ts";
import { claimCgroups } from "./release.ts";

/** A container under way: settled when the launcher has left (`create`, `detach`) or, as monitor, has seen it end. */
export interface Making {
  readonly launched: Launched;
  readonly prepared: Prepared;
  readonly dir: string;
  readonly record: ContainerRecord;
}

/**
 * Makes the container's state directory and starts the launcher on its plan.
 * @param make makes what else the plan relies on, whole or not at all; the context's `release` takes it back
 * @throws TeuError `conflict` when the id is taken, or its cgroup in use.
 */
export async function launchContainer(
  context: RuntimeContext,
  prepared: Prepared,
  options: CreateOptions,
  make?: () => Promise<void>,
): Promise<Making> {
  for (const warning of prepared.facts.warnings) context.warn(warning);
  const record = recordOf(context, prepared, options);
  const dir = makeContainerDir(context.root, options.id);
  try {
    await make?.();
  } catch (error) {
    await removeContainerDir({ root: context.root }, options.id); // what is there of that name is not this container's
    throw error;
  }
  try {
    writeWhole(join(dir, "config.json"), prepared.text);
    await claimCgroups(record);
    writeRecord(dir, record);
    const extra = [
      ...Array.from({ length: options.preserveFds }, (_, index) => FIRST_PRESERVED_FD + index),
      ...(options.monitor?.clientFd === undefined ? [] : (["socket"] as const)),
    ];
    const launched = launch(prepared.encoded, {
      launcher: context.launcher,
      dir,
      cwd: prepared.facts.bundle,
      extra,
      ...(options.stdio === undefined ? {} : { stdio: options.stdio }),
    });
    return { launched, prepared, dir, record };
  } catch (error) {
    await removeContainerDir(context, options.id);
    throw error;
  }
}

/** Adds what only the kernel could say: the start time that makes the pid an identity. */
export function completeRecord({ dir, record }: Pick<Making, "dir" | "record">): void {
  const pid = readPid(dir);
  const start = pid === undefined ? undefined : readProcess(pid)?.start;
  if (start !== undefined) writeRecord(dir, { ...record, start });
}

/** The record of a container that this process is about to make. */
export function recordOf(
  context: RuntimeContext,
  { facts }: Prepared,
  { id, noNewKeyring }: Pick<CreateOptions, "id" | "noNewKeyring">,
): ContainerRecord {
  const ownStart = readProcess(process.pid)?.start ?? "0";
  return {
    version: 1,
    id,
    ociVersion: facts.ociVersion,
    bundle: facts.bundle,
    rootfs: facts.rootfs,
    ...(facts.layered === undefined ? {} : { layered: facts.layered }),
    created: context.now().toISOString(),
    creator: { pid: process.pid, start: ownStart },
    made: ticksNow(ownStart),
    owner: process.geteuid?.() ?? 0,
    annotations: facts.annotations,
    cgroups: facts.cgroups,
    ...(facts.rdtGroup === undefined ? {} : { rdtGroup: facts.rdtGroup }),
    ...(noNewKeyring ? { noNewKeyring: true } : {}),
    ...(facts.unit === undefined ? {} : { unit: facts.unit, unitSockets: context.systemd?.sockets ?? [] }),
  };
}
