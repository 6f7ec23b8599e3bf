// Use case `network trace`: the kernel is asked which way a packet takes, in the container's network namespace and in the host's, and what it would meet.
import { readFileSync } from "node:fs";
import { KernelError, TeuError } from "../../base/errors.ts";
import type { ContainerRow } from "../../containers/state/rows.ts";
import { NETLINK_NETFILTER, NETLINK_ROUTE } from "../../kernel/netlink/message.ts";
import { chainsOf, listRequest, rulesOf } from "../../kernel/netlink/nftables/dumps.ts";
import { addressesOf } from "../../kernel/netlink/rtnetlink/addresses.ts";
import { dumpRequest } from "../../kernel/netlink/rtnetlink/dump.ts";
import { type Link, linksOf } from "../../kernel/netlink/rtnetlink/link-dump.ts";
import { answeredRoute, routeRequest } from "../../kernel/netlink/rtnetlink/routes.ts";
import { dumpNetlink, type NetworkNamespace, type NetworkStep, workOnNetwork } from "../../kernel/state/networks/work.ts";
import { addressBytes, familyOf, formatAddress, type IpAddress } from "../../network/address/address.ts";
import { engineTag } from "../../network/model/engine-tag.ts";
import { endpointsIn, endpointsOf, type Member } from "../../network/state/endpoints.ts";
import { portsOf } from "../../network/state/ports.ts";
import { allNetworks, networkById } from "../../network/state/rows.ts";
import { tracedChains } from "../../network/trace/chains.ts";
import { explainTrace, type TraceStep } from "../../network/trace/explain.ts";
import type { TracedInterface, TracedTarget, TraceFacts, Way } from "../../network/trace/facts.ts";
import { listeningIn, SOCKET_TABLES } from "../../network/trace/sockets.ts";
import { runningContainer } from "../containers/running.ts";
import type { Engine } from "../engine.ts";
import { ownPlace, presentPlace } from "./host/namespace.ts";

/** `HOST:PORT`, taken apart. */
export interface TraceTarget {
  readonly host: string;
  readonly port?: number;
}

/** Addresses for documentation (RFC 5737, RFC 3849): nobody has them, and they are outside everywhere. */
const SOMEWHERE: readonly string[] = ["192.0.2.1", "2001:db8::1"];

/** @throws TeuError `conflict` for a container that does not run, `unsupported` for one without a network of its own, `not-found` for a host */
export async function traceNetwork(engine: Engine, row: ContainerRow, target: TraceTarget | undefined): Promise<readonly TraceStep[]> {
  const { mode } = row.document.network;
  if (mode.kind === "host")
    throw new TeuError("unsupported", `container ${row.name} has the host's network: its packets take the way of the host's own`);
  const { pid } = runningContainer(engine, row).status;
  const inside: NetworkNamespace = { pid };
  const { within } = (await presentPlace(engine)) ?? ownPlace();
  const host = within === undefined ? {} : { within };
  const [links = EMPTY, addresses = EMPTY, outer = EMPTY, chains = EMPTY, rules = EMPTY] = workOnNetwork(engine.runtime, {
    ...host,
    doing: `trace the network of ${row.name}`,
    steps: [table("links", inside), table("addresses", inside), table("links"), filter("chains"), filter("rules")],
  });
  const [insideLinks, outsideLinks] = [linksOf(links), linksOf(outer)];
  const known = engine.state.read((db) => ({
    endpoints: endpointsOf(db, row.id).map((endpoint) => ({ endpoint, network: networkById(db, endpoint.network) })),
    members: allNetworks(db).flatMap((network) => endpointsIn(db, network.id).map((member) => ({ member, network: network.name }))),
    ports: portsOf(db, row.id),
  }));
  const prefixes = addressesOf(addresses).map(({ index, address, prefixLength }) => ({
    index,
    text: `${formatAddress(address)}/${prefixLength}`,
  }));
  const interfaces = known.endpoints.flatMap(({ endpoint, network }): TracedInterface[] => {
    const index = insideLinks.find(({ name }) => name === endpoint.interface)?.index;
    if (network === undefined) return [];
    const own = prefixes.flatMap((address) => (address.index === index && !address.text.startsWith("fe80:") ? [address.text] : []));
    const { hostInterface } = endpoint;
    return [{ name: endpoint.interface, network, addresses: own, ...(hostInterface === undefined ? {} : { hostInterface }) }];
  });
  const asked = target === undefined ? somewhere(interfaces) : await lookedUp(target, known.members, row.id);
  const way = (links: readonly Link[], namespace?: NetworkNamespace) => (address: IpAddress) =>
    wayTo(engine, address, { links, place: { ...host, ...(namespace === undefined ? {} : { namespace }) } });
  const [fromInside, fromOutside] = [way(insideLinks, inside), way(outsideLinks)];
  const targets = asked.map(({ address, name }): TracedTarget => {
    const holder = known.members.find(({ member }) => member.ipv4 === address || member.ipv6 === address);
    return {
      address,
      inside: fromInside(address),
      outside: fromOutside(address),
      ...(target?.port === undefined ? {} : { port: target.port }),
      ...(name === undefined ? {} : { name }),
      ...(holder === undefined ? {} : { holder: { container: holder.member.name, network: holder.network } }),
    };
  });
  const facts: TraceFacts = {
    container: row.name,
    interfaces,
    targets,
    // A namespace of the user's own is there to forward.
    forwarding: { 4: within !== undefined || isOn("ipv4/ip_forward"), 6: within !== undefined || isOn("ipv6/conf/all/forwarding") },
    chains: tracedChains(chainsOf(chains), rulesOf(rules), (name) => name === engineTag(engine.root)),
    ports: target === undefined ? known.ports : [],
    sockets: SOCKET_TABLES.flatMap((name) => listeningIn(name, textOf(`/proc/${pid}/net/${name}`))),
  };
  return explainTrace(facts);
}

const EMPTY = new Uint8Array();

function table(kind: "links" | "addresses", namespace?: NetworkNamespace): NetworkStep {
  return { dump: { protocol: NETLINK_ROUTE, request: dumpRequest(kind), ...(namespace === undefined ? {} : { namespace }) } };
}

function filter(kind: "chains" | "rules"): NetworkStep {
  return { dump: { protocol: NETLINK_NETFILTER, request: listRequest(kind, "unspecified") } };
}

interface Asked {
  readonly address: IpAddress;
  readonly name?: string;
}

/** Of the families that the container has. */
function somewhere(interfaces: readonly TracedInterface[]): readonly Asked[] {
  const families = new Set(interfaces.flatMap(({ addresses }) => addresses.map(familyOf)));
  return SOMEWHERE.flatMap((text) => (families.size === 0 || families.has(familyOf(text)) ? [addressOf(text)] : []));
}

function addressOf(text: string): Asked {
  const bytes = addressBytes(text);
  if (bytes === undefined) throw new TeuError("internal", `${text} is no address`);
  return { address: formatAddress(bytes) };
}

/** An address, a container by its name, or what the host's resolver says. Of a container those in a network with this one come first. */
async function lookedUp(
  { host }: TraceTarget,
  members: readonly { readonly member: Member; readonly network: string }[],
  self: string,
): Promise<readonly Asked[]> {
  if (addressBytes(host) !== undefined) return [addressOf(host)];
  const own = new Set(members.flatMap(({ member }) => (member.container === self ? [member.network] : [])));
  const named = members.flatMap(({ member }) => (member.name === host ? [member] : []));
  const near = named.filter(({ network }) => own.has(network));
  const found = (near.length > 0 ? near : named).flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6].flatMap((address) => address ?? []));
  if (found.length > 0) return found.map((address) => ({ address, name: host }));
  const { lookup } = await import("node:dns/promises");
  try {
    return (await lookup(host, { all: true })).map(({ address }) => ({ ...addressOf(address), name: host }));
  } catch (cause) {
    throw new TeuError("not-found", `${host}: no container of this name, and the host's resolver does not know it`, { cause });
  }
}

interface From {
  readonly links: readonly Link[];
  readonly place: Pick<Parameters<typeof dumpNetlink>[1], "within" | "namespace">;
}

function wayTo(engine: Engine, address: IpAddress, { links, place }: From): Way {
  const bytes = addressBytes(address);
  if (bytes === undefined) throw new TeuError("internal", `${address} is no address`);
  let answer: Uint8Array;
  try {
    const request = { protocol: NETLINK_ROUTE, request: routeRequest(bytes) };
    answer = dumpNetlink(engine.runtime, { ...place, ...request, doing: `ask for the route to ${address}` });
  } catch (error) {
    if (error instanceof KernelError) return { kind: "refused", why: error.message };
    throw error;
  }
  const route = answeredRoute(answer);
  if (route === undefined) return { kind: "refused", why: "the kernel does not say" };
  if (route.type !== "unicast" && route.type !== "local")
    return { kind: "refused", why: `the route says ${route.type ?? "something unknown"}` };
  const name = links.find(({ index }) => index === route.index)?.name;
  return {
    kind: "sent",
    local: route.type === "local",
    ...(name === undefined ? {} : { interface: name }),
    ...(route.gateway === undefined ? {} : { gateway: formatAddress(route.gateway) }),
    ...(route.source === undefined ? {} : { source: formatAddress(route.source) }),
  };
}

function isOn(setting: string): boolean {
  return textOf(`/proc/sys/net/${setting}`).trim() === "1";
}

/** Nothing where the kernel lacks it. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
