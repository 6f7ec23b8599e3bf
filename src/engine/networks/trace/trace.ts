// Use case `network trace`: the kernel is asked which way a packet takes, in the container's network namespace and in the host's, and what it would meet.
import { TeuError } from "../../../base/errors.ts";
import { optionalText } from "../../../base/optional-text.ts";
import { type ContainerRow, containerById } from "../../../containers/state/rows.ts";
import { NETLINK_NETFILTER, NETLINK_ROUTE } from "../../../kernel/netlink/message.ts";
import { chainsOf, type KnownChain, type KnownRule, listRequest, rulesOf } from "../../../kernel/netlink/nftables/dumps.ts";
import { addressesOf, type KnownAddress } from "../../../kernel/netlink/rtnetlink/addresses.ts";
import { dumpRequest } from "../../../kernel/netlink/rtnetlink/dump.ts";
import { type Link, linksOf } from "../../../kernel/netlink/rtnetlink/link-dump.ts";
import { type NetworkNamespace, type NetworkStep, workOnNetwork } from "../../../kernel/state/networks/work.ts";
import { formatAddress } from "../../../network/address/address.ts";
import { FAMILY } from "../../../network/firewall/shapes.ts";
import type { Endpoint } from "../../../network/model/endpoint.ts";
import { engineTag } from "../../../network/model/engine-tag.ts";
import type { Network } from "../../../network/model/network.ts";
import type { PublishedPort } from "../../../network/model/port.ts";
import { endpointsIn, endpointsOf } from "../../../network/state/endpoints.ts";
import { portsOf } from "../../../network/state/ports.ts";
import { allNetworks, networkById } from "../../../network/state/rows.ts";
import { tracedChains } from "../../../network/trace/chains.ts";
import { explainTrace, type TraceStep } from "../../../network/trace/explain.ts";
import type { TracedInterface, TracedTarget } from "../../../network/trace/facts.ts";
import { listeningIn, SOCKET_TABLES } from "../../../network/trace/sockets.ts";
import { runningContainer } from "../../containers/running.ts";
import type { Engine } from "../../engine.ts";
import { ownPlace, type Place, presentPlace } from "../host/namespace.ts";
import { isOn } from "../host/place.ts";
import { type Asked, lookedUp, type NamedMember, somewhere, type TraceTarget } from "./asked.ts";
import { wayTo } from "./way.ts";

/** @throws TeuError `conflict` for a container that does not run, `unsupported` for one without a network of its own, `not-found` for a host */
export async function traceNetwork(engine: Engine, row: ContainerRow, target: TraceTarget | undefined): Promise<readonly TraceStep[]> {
  const { mode } = row.document.network;
  if (mode.kind === "host")
    throw new TeuError("unsupported", `container ${row.name} has the host's network: its packets take the way of the host's own`);
  // The interfaces of a shared namespace are those of whose it is.
  const owner = mode.kind === "container" ? containerById(engine.state.rows, mode.id) : undefined;
  if (owner !== undefined) return traceNetwork(engine, owner, target);
  const { pid } = runningContainer(engine, row).status;
  const place = (await presentPlace(engine)) ?? ownPlace();
  const kernel = readKernel(engine, place, { name: row.name, inside: { pid } });
  const rows = readRows(engine, row.id);
  const interfaces = interfacesOf(rows.places, kernel);
  const asked = target === undefined ? somewhere(interfaces) : await lookedUp(target, rows.members, row.id);
  const forwards = (family: 4 | 6) => place.within !== undefined || isOn(place, FAMILY[family].forwarding); // a user's own namespace is there to forward
  return explainTrace({
    container: row.name,
    interfaces,
    targets: asked.map((one) => targetOf(engine, one, { place, kernel, members: rows.members, port: target?.port })),
    forwarding: { 4: forwards(4), 6: forwards(6) },
    chains: tracedChains(kernel.chains, kernel.rules, (name) => name === engineTag(engine.root)),
    ports: target === undefined ? rows.ports : [],
    sockets: SOCKET_TABLES.flatMap((name) => listeningIn(name, optionalText(`/proc/${pid}/net/${name}`) ?? "")),
  });
}

/** What both namespaces have. */
interface Kernel {
  readonly inside: NetworkNamespace;
  readonly insideLinks: readonly Link[];
  readonly insideAddresses: readonly KnownAddress[];
  readonly outsideLinks: readonly Link[];
  readonly chains: readonly KnownChain[];
  readonly rules: readonly KnownRule[];
}

const EMPTY = new Uint8Array();

function readKernel(
  engine: Engine,
  { within }: Place,
  { name, inside }: { readonly name: string; readonly inside: NetworkNamespace },
): Kernel {
  const [links = EMPTY, addresses = EMPTY, outer = EMPTY, chains = EMPTY, rules = EMPTY] = workOnNetwork(engine.runtime, {
    ...(within && { within }),
    doing: `trace the network of ${name}`,
    steps: [table("links", inside), table("addresses", inside), table("links"), filter("chains"), filter("rules")],
  });
  return {
    inside,
    insideLinks: linksOf(links),
    insideAddresses: addressesOf(addresses),
    outsideLinks: linksOf(outer),
    chains: chainsOf(chains),
    rules: rulesOf(rules),
  };
}

function table(kind: "links" | "addresses", namespace?: NetworkNamespace): NetworkStep {
  return { dump: { protocol: NETLINK_ROUTE, request: dumpRequest(kind), ...(namespace && { namespace }) } };
}

function filter(kind: "chains" | "rules"): NetworkStep {
  return { dump: { protocol: NETLINK_NETFILTER, request: listRequest(kind, "unspecified") } };
}

interface Rows {
  readonly places: readonly { readonly endpoint: Endpoint; readonly network: Network | undefined }[];
  /** Of all networks. */
  readonly members: readonly NamedMember[];
  readonly ports: readonly PublishedPort[];
}

function readRows({ state }: Engine, container: string): Rows {
  return state.read((db) => ({
    places: endpointsOf(db, container).map((endpoint) => ({ endpoint, network: networkById(db, endpoint.network) })),
    members: allNetworks(db).flatMap(({ id, name }) => endpointsIn(db, id).map((member) => ({ member, network: name }))),
    ports: portsOf(db, container),
  }));
}

/** Without the addresses of the link, by which nothing comes from elsewhere. */
function interfacesOf(places: Rows["places"], { insideLinks, insideAddresses }: Kernel): TracedInterface[] {
  return places.flatMap(({ endpoint: { interface: name, hostInterface }, network }) => {
    if (network === undefined) return [];
    const index = insideLinks.find((link) => link.name === name)?.index;
    const own = insideAddresses.filter((one) => one.index === index);
    const addresses = own.map(({ address, prefixLength }) => `${formatAddress(address)}/${prefixLength}`);
    const shown = addresses.filter((text) => !text.startsWith("fe80:"));
    return [{ name, network, addresses: shown, ...(hostInterface === undefined ? {} : { hostInterface }) }];
  });
}

interface Around {
  readonly place: Place;
  readonly kernel: Kernel;
  readonly members: readonly NamedMember[];
  readonly port: number | undefined;
}

function targetOf(engine: Engine, { address, name }: Asked, { place, kernel, members, port }: Around): TracedTarget {
  const { inside, insideLinks, outsideLinks } = kernel;
  const within = place.within === undefined ? {} : { within: place.within };
  const holder = members.find(({ member }) => member.ipv4 === address || member.ipv6 === address);
  return {
    address,
    inside: wayTo(engine, address, { links: insideLinks, place: { ...within, namespace: inside } }),
    outside: wayTo(engine, address, { links: outsideLinks, place: within }),
    ...(port === undefined ? {} : { port }),
    ...(name === undefined ? {} : { name }),
    ...(holder === undefined ? {} : { holder: { container: holder.member.name, network: holder.network } }),
  };
}
