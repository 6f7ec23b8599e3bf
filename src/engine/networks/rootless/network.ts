// An ordinary user's bridge networks: one user and network namespace for all of an engine's, made when it is first needed, joined to the host by
// one process, and gone with the last container that has an address in it.
import { existsSync, readdirSync } from "node:fs";
import { TeuError } from "../../../base/errors.ts";
import { rootlessMaps } from "../../../containers/config/rootless-maps.ts";
import { NETLINK_ROUTE } from "../../../kernel/netlink/message.ts";
import { dumpRequest } from "../../../kernel/netlink/rtnetlink/dump.ts";
import { linksOf } from "../../../kernel/netlink/rtnetlink/link-dump.ts";
import { FORWARDER_NAME } from "../../../kernel/state/networks/forward-ports.ts";
import { endHolder, HOLDER_NAME, holdNamespaces } from "../../../kernel/state/networks/hold-namespaces.ts";
import { netNamespaceId } from "../../../kernel/state/networks/namespace-id.ts";
import type { NamespaceHolder } from "../../../kernel/state/networks/open-namespaces.ts";
import { dumpNetlink, workOnNetwork } from "../../../kernel/state/networks/work.ts";
import { readParent, readProcess } from "../../../kernel/state/process.ts";
import { containerDir, listIds, readPid, readRecord } from "../../../kernel/state/record.ts";
import { FAMILY } from "../../../network/firewall/shapes.ts";
import { answerSteps } from "../../../network/rootless/answers.ts";
import { slirpIpv6Steps } from "../../../network/rootless/slirp-ipv6.ts";
import { UPLINK } from "../../../network/rootless/uplink.ts";
import type { Engine } from "../../engine.ts";
import { dropMarkers } from "../marker.ts";
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

function make(engine: Engine): RootlessRecord {
  const maps = rootlessMaps(engine.runtime.facts());
  if (maps === undefined) throw new TeuError("internal", "root's networks are in the host's own namespace");
  const unnoted = recordedProcess(placeOf(engine, "holder.pid"), [HOLDER_NAME]);
  if (unnoted !== undefined) endHolder({ ...unnoted, maps });
  dropMarkers(engine);
  const holder = holdNamespaces(engine.runtime, maps, placeOf(engine, "holder.pid"));
  const families = hasIpv6() ? ([4, 6] as const) : ([4] as const);
  // A router between its bridges and the uplink; from the beginning, as it is to listen to no other router's announcements.
  const forwarding = families.map((family) => ({ sysctl: { path: FAMILY[family].forwarding, value: "1" } }));
  const steps = [...answerSteps(families), ...forwarding];
  workOnNetwork(engine.runtime, { doing: "make the user's network namespace", within: holder, steps });
  dropMarkers(engine);
  return { holder, namespace: netNamespaceId(namespacePaths(holder).network) }; // written down when it is joined: whoever is killed before has made nothing
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
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isSafeInteger(pid)) continue;
    try {
      if (netNamespaceId(`/proc/${name}/ns/net`) === namespace && servesNetworks(engine, pid)) process.kill(pid, "SIGTERM");
    } catch {
      // another user's, or it has ended
    }
  }
}

function servesNetworks({ runRoot, root }: Engine, pid: number): boolean {
  if (readProcess(pid)?.command === FORWARDER_NAME) return true;
  const [, ...args] = argumentsOf(pid);
  return ["internal", "dns", runRoot, root].every((word, index) => args[index] === word);
}
