// Who reaches whom, with real TCP, UDP and ICMP over IPv4 and IPv6, a row a cell. Containers here are network namespaces (lab/plain.ts).
import { expect } from "bun:test";
import { all, check, ends, gateway, LOCALHOST, ports, three } from "./lab/cells.ts";
import { HOST, type Lab, labRequires, PEER, withLab } from "./lab/lab.ts";
import { carryOut } from "./lab/plain.ts";
import { probe } from "./lab/traffic.ts";

const { test } = labRequires();

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
