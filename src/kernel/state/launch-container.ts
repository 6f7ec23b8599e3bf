// The part of `create` and `run` that touches something: the state directory, then the launcher.
import { closeSync } from "node:fs";
import { dirname, join } from "node:path";
import { failedWith } from "../../base/file-errno.ts";
import { namelessFile } from "../../base/nameless-file.ts";
import { type Launched, launch } from "../launch/launcher.ts";
import { encodeWiring } from "../netlink/wiring/file.ts";
import type { RuntimeContext } from "./context.ts";
import { type CreateOptions, FIRST_PRESERVED_FD } from "./create-options.ts";
import type { Prepared } from "./prepared.ts";
import { hasEnded, readProcess, ticksNow } from "./process.ts";
import { type ContainerRecord, isOfRun, makeContainerDir, readPid, removeContainerDir, writeRecord, writeWhole } from "./record.ts";
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
 * @throws TeuError `conflict` when the id is taken, or its cgroup in use; as `options.clear`
 */
export async function launchContainer(context: RuntimeContext, prepared: Prepared, options: CreateOptions): Promise<Making> {
  for (const warning of prepared.facts.warnings) context.warn(warning);
  const record = recordOf(context, prepared, options);
  const dir = makeContainerDir(context.root, options.id, record.creator);
  const networks = new NetworkDescriptors();
  try {
    await options.clear?.();
    writeWhole(join(dir, "config.json"), prepared.text);
    await claimCgroups(record);
    writeRecord(dir, record);
    const extra = [
      ...Array.from({ length: options.preserveFds }, (_, index) => FIRST_PRESERVED_FD + index),
      ...(options.monitor?.clientFd === undefined ? [] : (["socket"] as const)),
      ...(await networks.open(dir, options)),
    ];
    const launched = launch(prepared.encoded, {
      launcher: context.launcher,
      dir,
      cwd: prepared.facts.bundle,
      extra,
      ...(options.detached ? { detached: true } : {}),
      ...(options.stdio === undefined ? {} : { stdio: options.stdio }),
    });
    return { launched, prepared, dir, record };
  } catch (error) {
    removeContainerDir(context.root, options.id);
    throw error;
  } finally {
    networks.close();
  }
}

/** What the launcher is given of networks, in the order of networkRequest. */
class NetworkDescriptors {
  readonly #closers: (() => void)[] = [];

  async open(dir: string, { wiring, within }: CreateOptions): Promise<readonly number[]> {
    const fds: number[] = [];
    if (wiring !== undefined) {
      const file = namelessFile(dir, encodeWiring(wiring));
      this.#closers.push(() => closeSync(file));
      fds.push(file);
    }
    if (within !== undefined) {
      const { user, network, close } = (await import("./networks/open-namespaces.ts")).openNamespaces(within);
      this.#closers.push(close);
      fds.push(user, network);
    }
    return fds;
  }

  close(): void {
    for (const close of this.#closers) close();
  }
}

/** Adds what only the kernel could say: the start times that make pids identities. Of a container that has ended and gone meanwhile, nothing. */
export function completeRecord({ dir, record, launched }: Pick<Making, "dir" | "record"> & Partial<Pick<Making, "launched">>): void {
  const pid = readPid(dir);
  const start = pid === undefined ? undefined : readProcess(pid)?.start;
  if (start === undefined) return;
  const monitor = launched === undefined ? undefined : readProcess(launched.pid);
  const stays = launched !== undefined && monitor !== undefined && !hasEnded(monitor);
  rewriteRecord(dir, { ...record, start, ...(stays ? { monitor: { pid: launched.pid, start: monitor.start } } : {}) });
}

/** So that nobody waits for what its monitor has to say. */
export function recordMonitorGone({ dir, record, launched }: Pick<Making, "dir" | "record" | "launched">): void {
  const pid = readPid(dir);
  const start = pid === undefined ? undefined : readProcess(pid)?.start;
  rewriteRecord(dir, { ...record, ...(start === undefined ? {} : { start }), monitor: { pid: launched.pid, start: "0" } });
}

function rewriteRecord(dir: string, record: ContainerRecord): void {
  if (!isOfRun(dirname(dir), record)) return; // its end is settled, and it was started again
  try {
    writeRecord(dir, record);
  } catch (error) {
    if (!failedWith(error, "ENOENT")) throw error; // whoever has settled its end has taken the directory
  }
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
