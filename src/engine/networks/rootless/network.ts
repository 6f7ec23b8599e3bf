// An ordinary user's bridge networks: one user and network namespace for all of an engine's, made when it is first needed, joined to the host by
// one process, and gone with the last container that has an address in it.
import { existsSync, readdirSync } from "node:fs";
import { TeuError } from "../../../base/errors.ts";
import { rootlessMaps } from "../../../containers/config/rootless-maps.ts";
import { NETLINK_ROUTE } from "../../../kernel/netlink/message.ts";
import { dumpRequest } from "../../../kernel/netlink/rtnetlink/dump.ts";
import { linksOf } from "../../../kernel/netlink/rtnetlink/link-dump.ts";
import { FORWARDER_NAME } from "../../../kernel/state/networks/forward-ports.ts";
import { endHolder, HOLDER_NAME, holdBeside, holdNamespaces } from "../../../kernel/state/networks/hold-namespaces.ts";
import { netNamespaceId } from "../../../kernel/state/networks/namespace-id.ts";
import type { NamespaceHolder } from "../../../kernel/state/networks/open-namespaces.ts";
import { dumpNetlink, workOnNetwork } from "../../../kernel/state/networks/work.ts";
import { isAlive, readParent, readProcess } from "../../../kernel/state/process.ts";
import { containerDir, listIds, readPid, readRecord } from "../../../kernel/state/record.ts";
import type { IdMaps } from "../../../kernel/state/side-plan.ts";
import { FAMILY } from "../../../network/firewall/shapes.ts";
import { answerSteps } from "../../../network/rootless/answers.ts";
import { slirpIpv6Steps } from "../../../network/rootless/slirp-ipv6.ts";
import { UPLINK } from "../../../network/rootless/uplink.ts";
import { placedContainers } from "../../../network/state/endpoints.ts";
import type { Engine } from "../../engine.ts";
import { noteLost } from "../changes.ts";
import { dropMarkers } from "../marker.ts";
import { killForwarders } from "./forwarders.ts";
import {
  forgetRootless,
  type Identity,
  lives,
  placeOf,
  type RootlessRecord,
  readRootless,
  recordedProcess,
  withRootlessLock,
  writeRootless,
} from "./record.ts";
import { argumentsOf, endUplink, namespacePaths, startUplink } from "./uplink.ts";

export interface RootlessNetwork extends NamespaceHolder {
  /** Inode number of the network namespace. */
  readonly namespace: number;
}

/** What of an engine its user's namespace is found by. */
export interface Known {
  readonly runRoot: string;
  readonly runtime: Pick<Engine["runtime"], "root">;
}

/** For what serves the user's networks: in which namespaces it is to run. Nothing where they are root's. */
export function rootlessWithin(engine: Known): { readonly within?: NamespaceHolder } {
  const within = currentRootlessNetwork(engine);
  return within === undefined ? {} : { within };
}

/** True where the engine's networks are in a namespace of the user's. */
export const isRootless = ({ runtime }: Pick<Engine, "runtime">): boolean => runtime.facts().rootless;

/**
 * Where the user's networks are; made, or mended, where that is needed. Whoever calls has an endpoint's row, which keeps it: under the lock, as the
 * command that takes them away may have looked for rows before this one was there.
 * @throws KernelError where the kernel refuses user namespaces
 */
export function rootlessNetwork(engine: Engine): Promise<RootlessNetwork> {
  return withRootlessLock(engine, async () => networkOf(await ensure(engine)));
}

/** Where they are, if they are up; nothing is made. */
export function currentRootlessNetwork(engine: Known): RootlessNetwork | undefined {
  const record = readRootless(engine);
  const found = record === undefined ? undefined : foundAgain(engine, record);
  return found === undefined ? undefined : networkOf(found);
}

const networkOf = ({ holder, namespace }: RootlessRecord): RootlessNetwork => ({ ...holder, namespace });

async function ensure(engine: Engine): Promise<RootlessRecord> {
  const known = readRootless(engine);
  const found = known === undefined ? undefined : foundAgain(engine, known);
  const record = found ?? make(engine, known);
  if (record.uplink !== undefined && lives(record.uplink)) return record;
  // One that had none goes on without: it was said.
  if (found !== undefined && found.uplink === undefined) return found;
  const joined = await join(engine, record);
  writeRootless(engine, joined);
  return joined;
}

async function join(engine: Engine, { holder, namespace }: RootlessRecord): Promise<RootlessRecord> {
  try {
    const uplink = await startUplink(engine, holder);
    if (uplink.program === "slirp4netns" && hasIpv6()) routeIpv6(engine, holder);
    return { holder, namespace, uplink };
  } catch (error) {
    if (!(error instanceof TeuError)) throw error;
    engine.runtime.warn(
      `containers reach each other and have published ports, but there is no way out of their networks: ${error.message}`,
    );
    return { holder, namespace };
  }
}

const hasIpv6 = (): boolean => existsSync("/proc/sys/net/ipv6");

function routeIpv6(engine: Engine, within: NamespaceHolder): void {
  const request = dumpRequest("links");
  const links = linksOf(dumpNetlink(engine.runtime, { within, protocol: NETLINK_ROUTE, request }));
  const index = links.find(({ name }) => name === UPLINK.interface)?.index;
  if (index === undefined) return; // it has ended already: the next command sees it
  workOnNetwork(engine.runtime, { doing: "join the user's network namespace to the host", within, steps: slirpIpv6Steps(index) });
}

/** @param lost what there was before: containers may still run that were in it */
function make(engine: Engine, lost: RootlessRecord | undefined): RootlessRecord {
  const maps = rootlessMaps(engine.runtime.facts());
  if (maps === undefined) throw new TeuError("internal", "root's networks are in the host's own namespace");
  const unnoted = recordedProcess(placeOf(engine, "holder.pid"), [HOLDER_NAME]);
  if (unnoted !== undefined) endHolder({ ...unnoted, maps });
  if (lost !== undefined) {
    killForwarders(engine);
    endThoseIn(engine, lost.namespace);
  }
  dropMarkers(engine);
  const holder = hold(engine, maps);
  const families = hasIpv6() ? ([4, 6] as const) : ([4] as const);
  // A router between its bridges and the uplink; from the beginning, as it is to listen to no other router's announcements.
  const forwarding = families.map((family) => ({ sysctl: { path: FAMILY[family].forwarding, value: "1" } }));
  const steps = [...answerSteps(families), ...forwarding];
  workOnNetwork(engine.runtime, { doing: "make the user's network namespace", within: holder, steps });
  dropMarkers(engine);
  return { holder, namespace: netNamespaceId(namespacePaths(holder).network) }; // written down when it is joined: whoever is killed before has made nothing
}

/** The user namespace of containers that still run goes on, with another network namespace in it, to which they are connected anew. */
function hold(engine: Engine, maps: IdMaps): NamespaceHolder {
  const pidFile = placeOf(engine, "holder.pid");
  for (const id of placedContainers(engine.state.rows)) {
    const inside = programOf(engine, id);
    if (inside === undefined) continue;
    const holder = holdBeside(engine.runtime, maps, inside, pidFile);
    for (const container of placedContainers(engine.state.rows))
      if (programOf(engine, container) !== undefined) noteLost(engine, container);
    return holder;
  }
  return holdNamespaces(engine.runtime, maps, pidFile);
}

/** A container's process, if it runs. */
function programOf({ runtime: { root } }: Known, id: string): Identity | undefined {
  try {
    const [pid, start] = [readPid(containerDir(root, id)), readRecord(root, id)?.start];
    return pid !== undefined && start !== undefined && isAlive(pid, start) ? { pid, start } : undefined;
  } catch (error) {
    if (error instanceof TeuError) return undefined; // it is damaged
    throw error;
  }
}

/**
 * By its holder, or by the monitor of a container that is in it: each has the namespaces open. Undefined where they are gone, which they are
 * when nobody has them.
 */
function foundAgain(engine: Known, record: RootlessRecord): RootlessRecord | undefined {
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
function monitorOf({ runtime }: Known, id: string): Identity | undefined {
  try {
    return readRecord(runtime.root, id)?.monitor ?? unnotedMonitor(runtime.root, id);
  } catch (error) {
    if (error instanceof TeuError) return undefined;
    throw error;
  }
}

/** Of a container whose command was killed before it could write the monitor down: the parent of its process. */
function unnotedMonitor(root: string, id: string): Identity | undefined {
  const child = readPid(containerDir(root, id));
  const pid = child === undefined ? undefined : readParent(child);
  const start = pid === undefined ? undefined : readProcess(pid)?.start;
  return pid === undefined || start === undefined ? undefined : { pid, start };
}

function inodeOf(holder: NamespaceHolder): number | undefined {
  try {
    return netNamespaceId(namespacePaths(holder).network);
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
    const unnoted = recordedProcess(placeOf(engine, "holder.pid"), [HOLDER_NAME]);
    await endUplink(engine);
    if (record !== undefined) {
      endHolder(record.holder);
      endThoseIn(engine, record.namespace);
    }
    if (unnoted !== undefined && unnoted.pid !== record?.holder.pid) endHolder({ ...unnoted, maps: { uids: [], gids: [] } });
    forgetRootless(engine);
  });
}

/**
 * The name server, and forwarders that nobody has ended: in a namespace that is anew, they would be in the wrong one. Of nobody else: where all of
 * it was killed, the number may mean another program's namespace by now.
 */
function endThoseIn(engine: Engine, namespace: number): void {
  const serving = readdirSync("/proc").flatMap((name): Identity[] => {
    const pid = Number(name);
    try {
      if (!Number.isSafeInteger(pid) || netNamespaceId(`/proc/${name}/ns/net`) !== namespace) return [];
      const start = servesNetworks(engine, pid) ? readProcess(pid)?.start : undefined;
      if (start === undefined) return [];
      process.kill(pid, "SIGTERM");
      return [{ pid, start }];
    } catch {
      return []; // another user's, or it has ended
    }
  });
  for (let waited = 0; waited < LONGEST_MS && serving.some(lives); waited++) Bun.sleepSync(1);
}

const LONGEST_MS = 2000;

function servesNetworks({ runRoot, root }: Engine, pid: number): boolean {
  if (readProcess(pid)?.command === FORWARDER_NAME) return true;
  const [, ...args] = argumentsOf(pid);
  return ["internal", "dns", runRoot, root].every((word, index) => args[index] === word);
}
