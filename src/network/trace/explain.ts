// The way of a packet in words: from a container to where it goes, and to a container's published ports. Pure; what stands in the way is said.
import { bracketed, type Family, familyOf, formatAddress, isIn, masked, splitPrefix } from "../address/address.ts";
import type { PublishedPort } from "../model/port.ts";
import type { TracedChain, TracedInterface, TracedTarget, TraceFacts, Way } from "./facts.ts";

export interface TraceStep {
  /** Which packets: `to 1.1.1.1:443`, `to port 0.0.0.0:8080/tcp of the host`. */
  readonly packets: string;
  readonly place: "container" | "bridge" | "host" | "filter";
  readonly text: string;
  /** It goes no further here, or may not, as far as can be told from outside the rules. */
  readonly stops?: "yes" | "perhaps";
}

type Step = Omit<TraceStep, "packets">;

export function explainTrace(facts: TraceFacts): readonly TraceStep[] {
  const outward = facts.targets.flatMap((target) => {
    const to = withPort(target.address, target.port);
    return under(`to ${target.name === undefined ? to : `${target.name} (${to})`}`, outwardSteps(facts, target));
  });
  const inward = facts.ports.flatMap((port) =>
    under(`to port ${withPort(port.address, port.port)}/${port.protocol} of the host`, inwardSteps(facts, port)),
  );
  return [...outward, ...inward];
}

function under(packets: string, steps: readonly Step[]): TraceStep[] {
  return steps.map((step) => ({ packets, ...step }));
}

/** `10.0.0.1:80`, `[::1]:80` */
function withPort(address: string, port: number | undefined): string {
  return port === undefined ? address : `${bracketed(address)}:${port}`;
}

function outwardSteps(facts: TraceFacts, target: TracedTarget): readonly Step[] {
  const { inside, address } = target;
  if (inside.kind === "refused") return [{ place: "container", text: `has no route to ${address}: ${inside.why}`, stops: "yes" }];
  const from = facts.interfaces.find(({ name }) => name === inside.interface);
  if (inside.local) return [{ place: "container", text: `${address} is the container's own address`, ...listener(facts, target) }];
  const leaves: Step = { place: "container", text: `${sentBy(inside)}${from === undefined ? "" : `, an interface in ${inNetwork(from)}`}` };
  if (from === undefined) return [leaves];
  return [leaves, ...throughNetwork(facts, target, from)];
}

function inNetwork({ network: { name, driver } }: TracedInterface): string {
  return `network ${name} (${driver})`;
}

function sentBy({ interface: name = "?", gateway, source }: Extract<Way, { kind: "sent" }>): string {
  return `leaves by ${name}${gateway === undefined ? " directly" : ` through ${gateway}`}${source === undefined ? "" : ` as from ${source}`}`;
}

function throughNetwork(facts: TraceFacts, target: TracedTarget, from: TracedInterface): readonly Step[] {
  const { network, hostInterface } = from;
  if (hostInterface === undefined)
    return [
      { place: "bridge", text: `${network.driver} hands it to the network of ${network.interface ?? "its plugins"}, beside the host` },
    ];
  const bridge = network.interface ?? "the bridge";
  const cable: Step = { place: "bridge", text: `comes out at ${hostInterface} of the host, a port of bridge ${bridge}` };
  if (from.addresses.some((address) => isBeside(target.address, address))) return [cable, ...onBridge(facts, target, from)];
  return [cable, ...throughHost(facts, target, from)];
}

/** Whether an address is in the subnet of another one, which has the length of its prefix. */
function isBeside(address: string, own: string): boolean {
  const { bytes, length, family } = splitPrefix(own);
  return familyOf(address) === family && isIn(address, `${formatAddress(masked(bytes, length))}/${length}`);
}

function onBridge(facts: TraceFacts, { address, holder, outside }: TracedTarget, { network }: TracedInterface): readonly Step[] {
  if (outside.kind === "sent" && outside.local)
    return [{ place: "host", text: `${address} is the host itself` }, ...met(facts, "input", address)];
  if (holder === undefined)
    return [{ place: "bridge", text: `nobody in network ${network.name} has ${address}: it is not answered`, stops: "yes" }];
  if (network.isolated)
    return [{ place: "bridge", text: `containers of network ${network.name} do not reach one another: it is dropped`, stops: "yes" }];
  return [{ place: "bridge", text: `the bridge hands it to container ${holder.container}` }];
}

function throughHost(facts: TraceFacts, { address, holder, outside }: TracedTarget, { network }: TracedInterface): readonly Step[] {
  if (outside.kind === "sent" && outside.local)
    return [{ place: "host", text: `${address} is the host itself` }, ...met(facts, "input", address)];
  if (network.internal) return [{ place: "host", text: `network ${network.name} is internal: nothing leaves it`, stops: "yes" }];
  if (holder !== undefined)
    return [
      {
        place: "host",
        text: `container ${holder.container} is in network ${holder.network}, apart from ${network.name}: it is dropped`,
        stops: "yes",
      },
    ];
  const family: Family = familyOf(address);
  if (!facts.forwarding[family])
    return [{ place: "host", text: `the host hands no packets of IPv${family} on (net.ipv${family} forwarding is off)`, stops: "yes" }];
  if (outside.kind === "refused") return [{ place: "host", text: `the host has no route to ${address}: ${outside.why}`, stops: "yes" }];
  const masked = network.masquerade
    ? `with the host's address${outside.source === undefined ? "" : ` ${outside.source}`} in place of the container's (masquerade)`
    : "with the container's own address, which others must have a route to";
  const { source: _, ...way } = outside;
  return [...met(facts, "forward", address), { place: "host", text: `${sentBy(way)}, ${masked}` }];
}

/** The chains at a hook that packets to an address meet; of ours it is known what they do. */
function met({ chains }: Pick<TraceFacts, "chains">, hook: string, address: string): readonly Step[] {
  const families = ["inet", familyOf(address) === 4 ? "ip" : "ip6"];
  return chains.filter((chain) => chain.hook === hook && families.includes(chain.family)).map(chainStep);
}

function chainStep({ family, table, chain, hook, priority, policy, ours, drops }: TracedChain): Step {
  const name = `chain ${chain} of table ${family} ${table} (${hook}, priority ${priority}, policy ${policy})`;
  if (ours) return { place: "filter", text: `passes ${name}: teu's own` };
  const rules = drops === 0 ? "no rule of it drops" : `${drops} ${drops === 1 ? "rule" : "rules"} of it drop or reject`;
  const stops = policy === "drop" || drops > 0;
  return { place: "filter", text: `meets ${name}: ${rules}`, ...(stops ? { stops: "perhaps" } : {}) };
}

function inwardSteps(facts: TraceFacts, port: PublishedPort): readonly Step[] {
  const { address, target, protocol } = port;
  const family = familyOf(address);
  const way = facts.interfaces.find(
    ({ network, hostInterface, addresses }) =>
      !network.internal && hostInterface !== undefined && addresses.some((own) => familyOf(own) === family),
  );
  if (way === undefined)
    return [{ place: "host", text: `the container has no address of IPv${family} in a network with a way in`, stops: "yes" }];
  const to = way.addresses.find((own) => familyOf(own) === family)?.replace(/\/\d+$/, "") ?? "";
  const filtered = way.network.publish === "filtered";
  return [
    ...(filtered
      ? met(facts, "input", address)
      : [{ place: "filter", text: "the host's firewall is not asked (teu.publish=direct)" } as const]),
    { place: "host", text: `leads to ${withPort(to, target)} in network ${way.network.name}` },
    { place: "container", ...heard(facts, { protocol, port: target, family }) },
  ];
}

interface Asked {
  readonly protocol: PublishedPort["protocol"];
  readonly port: number;
  readonly family: Family;
}

function heard({ sockets, container }: TraceFacts, { protocol, port, family }: Asked): Pick<Step, "text" | "stops"> {
  if (protocol === "sctp") return { text: `whether a program listens at port ${port}/sctp of ${container} is not known` };
  const there = sockets.filter((socket) => socket.protocol === protocol && socket.port === port);
  // A socket of IPv6 at all addresses takes IPv4's, too, unless it asks not to.
  const fitting = there.find(({ address }) => familyOf(address) === family || address === "::");
  if (fitting === undefined) return { text: `no program listens at port ${port}/${protocol} of ${container}`, stops: "yes" };
  const isLoopback = fitting.address === "::1" || fitting.address.startsWith("127.");
  if (isLoopback)
    return { text: `a program listens at ${withPort(fitting.address, port)}, which only the container itself reaches`, stops: "yes" };
  return { text: `a program listens at ${withPort(fitting.address, port)}/${protocol}` };
}

function listener(facts: TraceFacts, { address, port }: TracedTarget): Pick<Step, "stops"> {
  if (port === undefined) return {};
  const { stops } = heard(facts, { protocol: "tcp", port, family: familyOf(address) });
  return stops === undefined ? {} : { stops };
}
