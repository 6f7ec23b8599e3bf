// What must be known of the network namespace that networks are made in, and what is done there.
import { existsSync, readFileSync, statSync } from "node:fs";
import { TeuError } from "../../../base/errors.ts";
import { optionalText } from "../../../base/optional-text.ts";
import { NETLINK_NETFILTER, NETLINK_ROUTE } from "../../../kernel/netlink/message.ts";
import { chainsOf, listRequest, rulesOf } from "../../../kernel/netlink/nftables/dumps.ts";
import { dumpRequest } from "../../../kernel/netlink/rtnetlink/dump.ts";
import { type Link, linksOf } from "../../../kernel/netlink/rtnetlink/link-dump.ts";
import { dumpNetlink, type NetworkStep, workOnNetwork } from "../../../kernel/state/networks/work.ts";
import type { Family } from "../../../network/address/address.ts";
import type { HostFacts, Peer } from "../../../network/drivers/driver.ts";
import { parsePeers } from "../../../network/drivers/peers.ts";
import { DOCKER_TABLE, type DockerFilter } from "../../../network/firewall/docker-user.ts";
import { FAMILY } from "../../../network/firewall/shapes.ts";
import { engineTag } from "../../../network/model/engine-tag.ts";
import type { Network } from "../../../network/model/network.ts";
import type { Engine } from "../../engine.ts";
import type { Place } from "./namespace.ts";

/** Also what docker has made of its filter. @throws KernelError when the kernel refuses to tell */
export function readHostFacts(engine: Engine, place: Place, network: Network): HostFacts & { readonly docker: DockerFilters } {
  return {
    tag: engineTag(engine.root),
    ipv6: hasIpv6(place),
    bridgeFiltered: isOn(place, "net/bridge/bridge-nf-call-ip6tables"),
    peers: readPeers(network),
    ...readHost(engine, place),
  };
}

/** All links of the host. @throws KernelError when the kernel refuses to tell */
export function readLinks(engine: Engine, { within }: Place): readonly Link[] {
  return linksOf(dumpNetlink(engine.runtime, { ...(within && { within }), protocol: NETLINK_ROUTE, request: dumpRequest("links") }));
}

/** The tables that docker has its chains in. */
export type DockerFilters = Readonly<Record<Family, DockerFilter>>;

/** Indices of all links, and what docker has, by one launcher. */
export function readHost(
  engine: Engine,
  { within }: Place,
): { readonly links: ReadonlyMap<string, number>; readonly docker: DockerFilters } {
  const filter = (family: Family): NetworkStep[] => [
    { dump: { protocol: NETLINK_NETFILTER, request: listRequest("chains", FAMILY[family].table) } },
    { dump: { protocol: NETLINK_NETFILTER, request: listRequest("rules", FAMILY[family].table, DOCKER_TABLE) } },
  ];
  const links: NetworkStep = { dump: { protocol: NETLINK_ROUTE, request: dumpRequest("links") } };
  const steps = [links, ...filter(4), ...filter(6)];
  const dumps = workOnNetwork(engine.runtime, { ...(within === undefined ? {} : { within }), steps });
  const [all = NOTHING, chains4 = NOTHING, rules4 = NOTHING, chains6 = NOTHING, rules6 = NOTHING] = dumps;
  const docker = {
    4: { chains: chainsOf(chains4), rules: rulesOf(rules4) },
    6: { chains: chainsOf(chains6), rules: rulesOf(rules6) },
  };
  return { links: indicesOf(linksOf(all)), docker };
}

const NOTHING = new Uint8Array();

const indicesOf = (links: readonly Link[]): ReadonlyMap<string, number> => new Map(links.map(({ name, index }) => [name, index]));

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
  return within === undefined
    ? optionalText(`/proc/sys/${path}`)?.trim() === "1"
    : ON_AT_FIRST.includes(path) && existsSync(`/proc/sys/${path}`);
}

/** @throws TeuError `invalid` for a line that cannot be read, and what is no file; `not-found` where it cannot be read */
function readPeers({ settings }: Network): readonly Peer[] {
  if (settings?.kind !== "vxlan") return [];
  const { peers, local } = settings;
  const listed = typeof peers === "string" ? parsePeers(readPeersFile(peers), peers) : peers.map((address) => ({ address, macs: [] }));
  return listed.filter(({ address }) => address !== local);
}

/** A device or a FIFO would be read for ever. */
function readPeersFile(path: string): string {
  try {
    if (!statSync(path).isFile()) throw new TeuError("invalid", `peers: ${path} is not a regular file`);
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof TeuError || !(error instanceof Error)) throw error;
    throw new TeuError("not-found", `peers: read ${path}: ${error.message}`, { cause: error });
  }
}
