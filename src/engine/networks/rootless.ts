// An ordinary user's bridge networks: one user and network namespace for all of an engine's, made when it is first needed, joined to the host by
// one process, and gone with the last container that has an address in it.
import { existsSync } from "node:fs";
import { TeuError } from "../../base/errors.ts";
import { rootlessMaps } from "../../containers/config/rootless-maps.ts";
import { endHolder, HOLDER_NAME, holdNamespaces } from "../../kernel/state/hold-namespaces.ts";
import { workOnNetwork } from "../../kernel/state/network.ts";
import type { NamespaceHolder } from "../../kernel/state/open-namespaces.ts";
import { listIds, readRecord } from "../../kernel/state/record.ts";
import { answerSteps } from "../../network/rootless/answers.ts";
import type { Engine } from "../engine.ts";
import {
  forgetRootless,
  lives,
  namespaceInode,
  placeOf,
  type RootlessRecord,
  readRootless,
  recordedProcess,
  withRootlessLock,
  writeRootless,
} from "./rootless-record.ts";
import { endUplink, namespacePaths, startUplink } from "./rootless-uplink.ts";

export interface RootlessNetwork extends NamespaceHolder {
  /** Inode number of the network namespace. */
  readonly namespace: number;
}

/** True where the engine's networks are in a namespace of the user's. */
export const isRootless = ({ runtime }: Pick<Engine, "runtime">): boolean => runtime.facts().rootless;

/**
 * Where the user's networks are; made, or mended, where that is needed. Whoever calls has an endpoint's row, which keeps it.
 * @throws KernelError where the kernel refuses user namespaces
 */
export async function rootlessNetwork(engine: Engine): Promise<RootlessNetwork> {
  const known = readRootless(engine);
  return known !== undefined && isWhole(known)
    ? networkOf(known)
    : await withRootlessLock(engine, async () => networkOf(await ensure(engine)));
}

/** Where they are, if they are up; nothing is made. */
export function currentRootlessNetwork(engine: Engine): RootlessNetwork | undefined {
  const record = readRootless(engine);
  const found = record === undefined ? undefined : foundAgain(engine, record);
  return found === undefined ? undefined : networkOf(found);
}

const networkOf = ({ holder, namespace }: RootlessRecord): RootlessNetwork => ({ ...holder, namespace });

/** Nobody of it is missing. */
const isWhole = ({ holder, uplink }: RootlessRecord): boolean => lives(holder) && (uplink === undefined || lives(uplink));

async function ensure(engine: Engine): Promise<RootlessRecord> {
  const known = readRootless(engine);
  const found = known === undefined ? undefined : foundAgain(engine, known);
  const record = found ?? make(engine);
  if (record.uplink !== undefined && lives(record.uplink)) return record;
  // One that had none goes on without: it was said.
  if (found !== undefined && found.uplink === undefined) return found;
  const joined = await join(engine, record);
  writeRootless(engine, joined);
  return joined;
}

async function join(engine: Engine, { holder, namespace }: RootlessRecord): Promise<RootlessRecord> {
  try {
    return { holder, namespace, uplink: await startUplink(engine, holder) };
  } catch (error) {
    if (!(error instanceof TeuError)) throw error;
    engine.runtime.warn(
      `containers reach each other and have published ports, but there is no way out of their networks: ${error.message}`,
    );
    return { holder, namespace };
  }
}

function make(engine: Engine): RootlessRecord {
  const maps = rootlessMaps(engine.runtime.facts());
  if (maps === undefined) throw new TeuError("internal", "root's networks are in the host's own namespace");
  const unnoted = recordedProcess(engine, "holder.pid", [HOLDER_NAME]);
  if (unnoted !== undefined) endHolder({ ...unnoted, maps });
  const holder = holdNamespaces(engine.runtime, maps, placeOf(engine, "holder.pid"));
  const families = existsSync("/proc/net/if_inet6") ? ([4, 6] as const) : ([4] as const);
  workOnNetwork(engine.runtime, { doing: "make the user's network namespace", within: holder, steps: answerSteps(families) });
  const record = { holder, namespace: namespaceInode(namespacePaths(holder).network) };
  writeRootless(engine, record);
  return record;
}

/**
 * By its holder, or by the monitor of a container that is in it: each has the namespaces open. Undefined where they are gone, which they are
 * when nobody has them.
 */
function foundAgain(engine: Engine, record: RootlessRecord): RootlessRecord | undefined {
  if (lives(record.holder)) return record;
  for (const id of listIds(engine.runtime.root)) {
    const monitor = monitorOf(engine, id);
    if (monitor === undefined || !lives(monitor)) continue;
    const holder = { ...monitor, monitor: true, maps: record.holder.maps } as const;
    if (inodeOf(holder) === record.namespace) return { ...record, holder };
  }
  return undefined;
}

/** Undefined for one that is being made, has gone, or is damaged. */
function monitorOf({ runtime }: Engine, id: string): { readonly pid: number; readonly start: string } | undefined {
  try {
    return readRecord(runtime.root, id)?.monitor;
  } catch (error) {
    if (error instanceof TeuError) return undefined;
    throw error;
  }
}

function inodeOf(holder: NamespaceHolder): number | undefined {
  try {
    return namespaceInode(namespacePaths(holder).network);
  } catch {
    return undefined; // it has no such namespace, or has just ended
  }
}

/** Takes everything away where no container has an address in a network; to be called when one has given its own up. */
export async function endRootlessNetwork(engine: Engine): Promise<void> {
  if (!existsSync(placeOf(engine, "network.json")) && !existsSync(placeOf(engine, "holder.pid"))) return;
  await withRootlessLock(engine, async () => {
    if (engine.state.rows.query("SELECT 1 FROM endpoints LIMIT 1").get() !== null) return;
    const record = readRootless(engine);
    const unnoted = recordedProcess(engine, "holder.pid", [HOLDER_NAME]);
    await endUplink(engine, record?.uplink);
    if (record !== undefined) endHolder(record.holder);
    if (unnoted !== undefined && unnoted.pid !== record?.holder.pid) endHolder({ ...unnoted, maps: { uids: [], gids: [] } });
    forgetRootless(engine);
  });
}
