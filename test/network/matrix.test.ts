// Who reaches whom, with real TCP, UDP and ICMP over IPv4 and IPv6, a row a cell. Containers here are network namespaces (plain.ts).
import { expect } from "bun:test";
import { HOST, type Lab, labRequires, PEER, withLab } from "./lab.ts";
import { carryOut, network, type Plain, plain, published, wired } from "./plain.ts";
import { type Answer, type Probe, probe, serve } from "./traffic.ts";

const { test } = labRequires();

/** From where, to what, and the source that the other side sees; `null` is for nothing, `refused` for a closed port. */
interface Cell {
  readonly from: string;
  readonly kind: Probe["kind"];
  readonly to: string;
  readonly port?: number;
  readonly want: Answer;
}

/** All cells of a table; what comes back is compared as text, so that one look shows which are wrong. */
async function check(lab: Lab, cells: readonly Cell[]): Promise<void> {
  const places = [...new Set(cells.map(({ from }) => from))];
  const results = await Promise.all(
    places.map(async (place) => {
      const own = cells.filter(({ from }) => from === place);
      const probes = own.map(({ kind, to, port }) => ({ kind, to, ...(port === undefined ? {} : { port }) }));
      const answers = await probe(lab, place, probes);
      return own.map((cell, index) => ({ cell, answer: answers[index] ?? null }));
    }),
  );
  const line = ({ from, kind, to, port }: Cell, answer: Answer) =>
    `${from} -> ${kind} ${to}${port === undefined ? "" : ` ${port}`}: ${answer}`;
  const all = results.flat();
  expect(all.map(({ cell, answer }) => line(cell, answer))).toEqual(all.map(({ cell }) => line(cell, cell.want)));
}

type Ends = readonly [ipv4: string, ipv6: string];
const ends = ({ ipv4, ipv6 }: { readonly ipv4: string; readonly ipv6: string }): Ends => [ipv4, ipv6];

/** TCP, UDP and ICMP over both families; `seen` is what the other side sees, or what comes back where it is one word. */
function all(from: string, to: Ends, seen: Ends | null, { port = 80, icmp = true } = {}): Cell[] {
  return to.flatMap((address, index): Cell[] => {
    const want = seen === null ? null : (seen[index] ?? null);
    return [
      { from, kind: "tcp", to: address, port, want },
      { from, kind: "udp", to: address, port, want },
      ...(icmp ? [{ from, kind: "icmp", to: address, want: seen === null ? null : "pong" } as const] : []),
    ];
  });
}

const ports = (from: string, to: Ends, seen: Ends | null, port = 8080) => all(from, to, seen, { port, icmp: false });
const LOCALHOST: Ends = ["127.0.0.1", "::1"];
const gateway = ({ network: { subnets } }: Plain): Ends => [subnets[0]?.gateway ?? "", subnets[1]?.gateway ?? ""];

/** Two containers on one network, the first with ports; one on another. */
async function three(
  lab: Lab,
  change: { readonly first?: Parameters<typeof network>[1]; readonly second?: Parameters<typeof network>[1] } = {},
) {
  const [one, two] = [network(1, change.first), network(2, change.second)];
  const [a, b, c] = [await plain(lab, "a", one, 2), await plain(lab, "b", one, 3), await plain(lab, "c", two, 2)];
  const some = [...published("8080:80/tcp"), ...published("8080:80/udp")];
  await carryOut(lab, [{ up: one }, { up: two }, wired(lab, a, some), wired(lab, b), wired(lab, c)]);
  await Promise.all(["host", "peer", "a", "b", "c"].map((place) => serve(lab, place, 80)));
  return { one, two, a, b, c };
}

/** What is the same whether or not bridged frames are filtered. */
async function everyWay(lab: Lab): Promise<void> {
  const { one, two, a, b, c } = await three(lab);
  await check(lab, [
    // On one network, and across.
    ...all("a", ends(b), ends(a)),
    ...all("b", ends(a), ends(b)),
    ...all("a", ends(c), null),
    ...all("c", ends(a), null),
    // With the host.
    ...all("a", gateway(a), ends(a)),
    ...all("a", ends(HOST), ends(a)),
    ...all("host", ends(a), gateway(a)),
    // With the outside: only published ports lead in.
    ...all("a", ends(PEER), ends(HOST)),
    ...all("c", ends(PEER), ends(HOST)),
    // Published ports: from the host, the outside, another container, the container itself, another network.
    ...ports("host", ends(HOST), ends(HOST)),
    ...ports("host", gateway(a), gateway(a)),
    ...ports("peer", ends(HOST), ends(PEER)),
    ...ports("b", ends(HOST), gateway(a)),
    ...ports("b", gateway(a), gateway(a)),
    ...ports("a", ends(HOST), gateway(a)),
    ...ports("a", gateway(a), gateway(a)),
    ...ports("c", ends(HOST), ends(c)),
    ...ports("c", gateway(c), ends(c)),
  ]);
  const [local4, local6] = await probe(lab, "host", [
    { kind: "tcp", to: LOCALHOST[0], port: 8080 },
    { kind: "tcp", to: LOCALHOST[1], port: 8080 },
  ]);
  expect(local4).toBe(gateway(a)[0]);
  expect(local6).toMatch(/^fd74:/);
  await check(lab, [
    ...ports("host", [LOCALHOST[0], LOCALHOST[0]], [local4 ?? "", local4 ?? ""]),
    ...ports("host", [LOCALHOST[1], LOCALHOST[1]], [local6 ?? "", local6 ?? ""]),
  ]);
  // Who routes packets for containers to this host is not let in.
  await lab.in("peer", ["ip", "route", "add", "10.89.0.0/16", "via", HOST.ipv4]);
  await lab.in("peer", ["ip", "route", "add", "fd00:89::/32", "via", HOST.ipv6]);
  await check(lab, all("peer", ends(a), null));
  await carryOut(lab, [{ down: one }, { down: two }]);
}

test("every way, bridged frames filtered", async () => {
  await withLab(
    async (lab) => {
      await lab.in("host", ["sysctl", "-qw", "net.bridge.bridge-nf-call-iptables=1", "net.bridge.bridge-nf-call-ip6tables=1"]);
      await everyWay(lab);
    },
    { leftovers: "sweep" },
  );
});

test("every way, bridged frames not filtered, and a strict reverse path", async () => {
  await withLab(
    async (lab) => {
      await lab.in("host", ["sysctl", "-qw", "net.bridge.bridge-nf-call-iptables=0", "net.bridge.bridge-nf-call-ip6tables=0"]);
      await lab.in("host", ["sysctl", "-qw", "net.ipv4.conf.all.rp_filter=1", "net.ipv4.conf.default.rp_filter=1"]);
      await everyWay(lab);
    },
    { leftovers: "sweep" },
  );
});
