// The network namespace that networks are made in, and what must be known of it: root's is the one that teu is called in.
import { existsSync, readFileSync } from "node:fs";
import { bootId } from "../../../base/process-identity.ts";
import { NETLINK_NETFILTER, NETLINK_ROUTE } from "../../../kernel/netlink/message.ts";
import { type KnownRule, listRequest, rulesOf } from "../../../kernel/netlink/nftables/dumps.ts";
import { dumpRequest } from "../../../kernel/netlink/rtnetlink/dump.ts";
import { type Link, linksOf } from "../../../kernel/netlink/rtnetlink/link-dump.ts";
import type { NamespaceHolder } from "../../../kernel/state/networks/open-namespaces.ts";
import { dumpNetlink, type NetworkStep, netNamespaceId, workOnNetwork } from "../../../kernel/state/networks/work.ts";
import type { Family } from "../../../network/address/address.ts";
import type { HostFacts, Peer } from "../../../network/drivers/driver.ts";
import { parsePeers } from "../../../network/drivers/peers.ts";
import { FAMILY } from "../../../network/firewall/shapes.ts";
import { engineTag } from "../../../network/model/engine-tag.ts";
import type { Network } from "../../../network/model/network.ts";
import type { Engine } from "../../engine.ts";
import type { PlaceId } from "./marker.ts";

/** Where networks are. */
export interface Place {
  readonly id: PlaceId;
  /** An ordinary user's: entered by the launcher. */
  readonly within?: NamespaceHolder;
}

/** This process's own network namespace. */
export function ownPlace(): Place {
  return { id: `${bootId()} ${netNamespaceId()}` };
}

/** Root's networks are where teu is called, a user's in a namespace of their own, which is made where it is not there. @throws KernelError */
export async function networkPlace(engine: Engine): Promise<Place> {
  if (!engine.runtime.facts().rootless) return ownPlace();
  const { rootlessNetwork } = await import("../rootless/network.ts");
  const within = await rootlessNetwork(engine);
  return { id: `${bootId()} ${within.namespace}`, within };
}

/** The same, where it is there. */
export async function presentPlace(engine: Engine): Promise<Place | undefined> {
  if (!engine.runtime.facts().rootless) return ownPlace();
  const { currentRootlessNetwork } = await import("../rootless/network.ts");
  const within = currentRootlessNetwork(engine);
  return within === undefined ? undefined : { id: `${bootId()} ${within.namespace}`, within };
}

/** @throws KernelError when the kernel refuses to tell */
export function readHostFacts(engine: Engine, place: Place, network?: Network): HostFacts {
  return {
    tag: engineTag(engine.root),
    ipv6: hasIpv6(place),
    bridgeFiltered: isOn(place, "net/bridge/bridge-nf-call-ip6tables"),
    links: indicesOf(readLinks(engine, place)),
    peers: readPeers(network),
  };
}

/** All links of the host. @throws KernelError when the kernel refuses to tell */
export function readLinks(engine: Engine, { within }: Place): readonly Link[] {
  return linksOf(dumpNetlink(engine.runtime, { ...(within && { within }), protocol: NETLINK_ROUTE, request: dumpRequest("links") }));
}

/** All rules of a family's tables. */
export function readRules(engine: Engine, { within }: Place, family: Family): readonly KnownRule[] {
  const request = listRequest("rules", FAMILY[family].table);
  return rulesOf(dumpNetlink(engine.runtime, { ...(within && { within }), protocol: NETLINK_NETFILTER, request }));
}

export const indicesOf = (links: readonly Link[]): ReadonlyMap<string, number> => new Map(links.map(({ name, index }) => [name, index]));

/** Does it all in one launcher. @param doing what an error begins with */
export function carryOut(engine: Engine, { within }: Pick<Place, "within">, doing: string, steps: readonly NetworkStep[]): void {
  workOnNetwork(engine.runtime, { doing, steps, ...(within && { within }) });
}

/** Whether the kernel has IPv6 there, and it is not turned off. */
export function hasIpv6(place: Place): boolean {
  return existsSync("/proc/sys/net/ipv6") && !isOn(place, "net/ipv6/conf/all/disable_ipv6");
}

/** What settings are on in a new network namespace: one of the user's own is as the kernel makes them, and shows its settings to those inside alone. */
const ON_AT_FIRST: readonly string[] = ["net/bridge/bridge-nf-call-ip6tables"];

/** A setting where networks are; off where the kernel does not have it. */
export function isOn({ within }: Place, path: string): boolean {
  return within === undefined ? readSetting(path) === "1" : ON_AT_FIRST.includes(path) && existsSync(`/proc/sys/${path}`);
}

/** Of this process's own namespace; undefined where the kernel does not have it. */
function readSetting(path: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${path}`, "latin1").trim();
  } catch {
    return undefined;
  }
}

/** @throws TeuError `invalid` for a line that cannot be read; the file's errno where it cannot be opened */
function readPeers(network: Network | undefined): readonly Peer[] {
  if (network?.settings?.kind !== "vxlan") return [];
  const { peers, local } = network.settings;
  const listed =
    typeof peers === "string" ? parsePeers(readFileSync(peers, "utf8"), peers) : peers.map((address) => ({ address, macs: [] }));
  return listed.filter(({ address }) => address !== local);
}
