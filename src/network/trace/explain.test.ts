import { describe, expect, test } from "bun:test";
import { Attributes } from "../../kernel/netlink/decode.ts";
import { messageChunks } from "../../kernel/netlink/message.ts";
import { reject, verdict } from "../../kernel/netlink/nftables/expressions.ts";
import type { IpAddress } from "../address/address.ts";
import { tracedChains } from "./chains.ts";
import { explainTrace } from "./explain.ts";
import type { TracedChain, TracedInterface, TracedTarget, TraceFacts, Way } from "./facts.ts";
import { listeningIn } from "./sockets.ts";

const ip = (text: string) => text as IpAddress;
const sent = (more: Partial<Extract<Way, { kind: "sent" }>> = {}): Way => ({ kind: "sent", local: false, ...more });
const NETWORK = {
  name: "front",
  driver: "bridge",
  internal: false,
  isolated: false,
  masquerade: true,
  publish: "filtered",
  interface: "teu1",
} as const;
const eth0 = (network: Partial<TracedInterface["network"]> = {}): TracedInterface => ({
  name: "eth0",
  network: { ...NETWORK, ...network },
  addresses: ["10.5.0.2/24", "fd05::2/64"],
  hostInterface: "veth1",
});
const OUTSIDE: TracedTarget = {
  address: ip("192.0.2.1"),
  inside: sent({ interface: "eth0", gateway: ip("10.5.0.1"), source: ip("10.5.0.2") }),
  outside: sent({ interface: "uplink", gateway: ip("10.1.0.2"), source: ip("10.1.0.1") }),
};
const BESIDE: TracedTarget = {
  address: ip("10.5.0.3"),
  inside: sent({ interface: "eth0", source: ip("10.5.0.2") }),
  outside: sent({ interface: "teu1" }),
  holder: { container: "db", network: "front" },
};
const chain = (more: Partial<TracedChain>): TracedChain => ({
  family: "ip",
  table: "filter",
  chain: "FORWARD",
  hook: "forward",
  priority: 0,
  policy: "accept",
  ours: false,
  drops: 0,
  ...more,
});

function steps(more: Partial<TraceFacts>): string[] {
  const facts = {
    container: "web",
    interfaces: [eth0()],
    targets: [],
    forwarding: { 4: true, 6: true },
    chains: [],
    ports: [],
    sockets: [],
    ...more,
  };
  return explainTrace(facts).map(
    ({ place, text, stops }) => `${stops === undefined ? "" : { yes: "✗ ", perhaps: "? " }[stops]}${place}: ${text}`,
  );
}

const CABLE = "bridge: comes out at veth1 of the host, a port of bridge teu1";
const LEAVES = "container: leaves by eth0 through 10.5.0.1 as from 10.5.0.2, an interface in network front (bridge)";
const MASKED = "host: leaves by uplink through 10.1.0.2, with the host's address 10.1.0.1 in place of the container's (masquerade)";

describe("the way out", () => {
  const rows: readonly { readonly what: string; readonly facts: Partial<TraceFacts>; readonly want: readonly string[] }[] = [
    { what: "is straight", facts: { targets: [OUTSIDE] }, want: [LEAVES, CABLE, MASKED] },
    {
      what: "meets chains of the family at the hook, ours and others'",
      facts: {
        targets: [OUTSIDE],
        chains: [
          chain({ table: "teu", chain: "forward", ours: true, drops: 4 }),
          chain({ policy: "drop", drops: 1 }),
          chain({ family: "inet", table: "fw", drops: 0 }),
          chain({ hook: "input" }),
          chain({ family: "ip6" }),
        ],
      },
      want: [
        LEAVES,
        CABLE,
        "filter: passes chain forward of table ip teu (forward, priority 0, policy accept): teu's own",
        "? filter: meets chain FORWARD of table ip filter (forward, priority 0, policy drop): 1 rule of it drop or reject",
        "filter: meets chain FORWARD of table inet fw (forward, priority 0, policy accept): no rule of it drops",
        MASKED,
      ],
    },
    {
      what: "ends where there is no route",
      facts: { targets: [{ ...OUTSIDE, inside: { kind: "refused", why: "ENETUNREACH" } }] },
      want: ["✗ container: has no route to 192.0.2.1: ENETUNREACH"],
    },
    {
      what: "ends where the host hands nothing on",
      facts: { targets: [OUTSIDE], forwarding: { 4: false, 6: true } },
      want: [LEAVES, CABLE, "✗ host: the host hands no packets of IPv4 on (net.ipv4 forwarding is off)"],
    },
    {
      what: "ends in an internal network",
      facts: { targets: [OUTSIDE], interfaces: [eth0({ internal: true })] },
      want: [LEAVES, CABLE, "✗ host: network front is internal: nothing leaves it"],
    },
    {
      what: "leads to a neighbour",
      facts: { targets: [BESIDE] },
      want: [LEAVES.replace("through 10.5.0.1", "directly"), CABLE, "bridge: the bridge hands it to container db"],
    },
    {
      what: "leads to no neighbour where they are apart",
      facts: { targets: [BESIDE], interfaces: [eth0({ isolated: true })] },
      want: [
        LEAVES.replace("through 10.5.0.1", "directly"),
        CABLE,
        "✗ bridge: containers of network front do not reach one another: it is dropped",
      ],
    },
    {
      what: "leads to no container of another network",
      facts: { targets: [{ ...OUTSIDE, holder: { container: "db", network: "back" } }] },
      want: [LEAVES, CABLE, "✗ host: container db is in network back, apart from front: it is dropped"],
    },
  ];
  for (const { what, facts, want } of rows) test(what, () => expect(steps(facts)).toEqual([...want]));
});

describe("the way to a published port", () => {
  const ports = [{ container: "web", address: ip("0.0.0.0"), port: 8080, target: 80, protocol: "tcp" as const }];
  const socket = (address: string) => ({ protocol: "tcp" as const, address: ip(address), port: 80 });
  test("passes the host's firewall and ends at who listens", () => {
    expect(steps({ ports, chains: [chain({ hook: "input", chain: "INPUT", drops: 2 })], sockets: [socket("::")] })).toEqual([
      "? filter: meets chain INPUT of table ip filter (input, priority 0, policy accept): 2 rules of it drop or reject",
      "host: leads to 10.5.0.2:80 in network front",
      "container: a program listens at [::]:80/tcp",
    ]);
  });
  test("says when nobody hears", () => {
    expect(steps({ ports }).at(-1)).toBe("✗ container: no program listens at port 80/tcp of web");
    expect(steps({ ports, sockets: [socket("127.0.0.1")] }).at(-1)).toBe(
      "✗ container: a program listens at 127.0.0.1:80, which only the container itself reaches",
    );
  });
});

test("rules that drop are counted through jumps, once each", () => {
  const attributes = (expression: { attributes: Parameters<typeof messageChunks>[0][number]["attributes"] }) => {
    const [bytes] = messageChunks([{ type: 0, flags: 0, header: new Uint8Array(), attributes: expression.attributes }]);
    return new Attributes(bytes instanceof Uint8Array ? bytes : new Uint8Array(), 16);
  };
  const rule = (name: string, expression: ReturnType<typeof verdict>) => ({
    family: "ip" as const,
    name: "t",
    chain: name,
    handle: 0n,
    expressions: [{ name: expression.name, attributes: attributes(expression) }],
  });
  const base = { type: "filter", hook: "forward", priority: 0, policy: "accept" } as const;
  const chains = [
    { family: "ip" as const, name: "t", chain: "a", handle: 0n, base },
    { family: "ip" as const, name: "t", chain: "b", handle: 0n },
  ];
  const rules = [
    rule("a", verdict("drop")),
    rule("a", verdict({ jump: "b" })),
    rule("a", verdict({ goto: "b" })),
    rule("b", reject("tcpReset")),
    rule("b", verdict({ jump: "a" })),
    rule("b", verdict("accept")),
  ];
  expect(tracedChains(chains, rules, () => false)).toMatchObject([{ chain: "a", drops: 2, ours: false }]);
});

test("sockets are read from the kernel's tables", () => {
  const head = "  sl  local_address rem_address   st\n";
  expect(listeningIn("tcp", `${head}   0: 0100007F:1F90 00000000:0000 0A 0\n   1: 0100007F:1F91 00000000:0000 01 0\n`)).toEqual([
    { protocol: "tcp", address: ip("127.0.0.1"), port: 8080 },
  ]);
  expect(listeningIn("udp6", `${head}   0: 00000000000000000000000001000000:0035 0:0 07\n`)).toEqual([
    { protocol: "udp", address: ip("::1"), port: 53 },
  ]);
});
