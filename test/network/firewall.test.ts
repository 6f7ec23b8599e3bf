// What the firewall lets through and what not: the operator's rules before ours, internal and isolated networks, addresses, changes.
import { expect } from "bun:test";
import { all, check, ends, gateway, ports, three } from "./lab/cells.ts";
import { HOST, type Lab, labRequires, PEER, withLab } from "./lab/lab.ts";
import { carryOut, network, plain, published, wired } from "./lab/plain.ts";
import { ask, askInVain, probe, serve } from "./lab/traffic.ts";

const { test } = labRequires("iptables");

/** Tables stay when the last network goes: so what is left is not looked at. */
const SWEEP = { leftovers: "sweep" } as const;

/** The operator's ways to drop what comes from outside for port 8080, and to drop it on its way to containers. */
const OPERATORS: readonly (readonly [string, (lab: Lab) => Promise<unknown>])[] = [
  [
    "nft, INPUT",
    async (lab) => {
      await lab.in("host", ["nft", "add table inet mine; add chain inet mine input { type filter hook input priority 0; }"]);
      await lab.in("host", ["nft", 'add rule inet mine input iifname "uplink" meta l4proto { tcp, udp } th dport 8080 drop']);
    },
  ],
  [
    "iptables, INPUT with policy DROP",
    async (lab) => {
      for (const program of ["iptables", "ip6tables"]) {
        await lab.in("host", [program, "-A", "INPUT", "-i", "lo", "-j", "ACCEPT"]);
        await lab.in("host", [program, "-A", "INPUT", "-m", "conntrack", "--ctstate", "ESTABLISHED,RELATED", "-j", "ACCEPT"]);
        // Neighbours are found by it.
        await lab.in("host", [program, "-A", "INPUT", "-p", program === "iptables" ? "icmp" : "icmpv6", "-j", "ACCEPT"]);
        await lab.in("host", [program, "-P", "INPUT", "DROP"]);
      }
    },
  ],
  [
    "nft, FORWARD",
    async (lab) => {
      await lab.in("host", ["nft", "add table inet mine; add chain inet mine forward { type filter hook forward priority 0; }"]);
      await lab.in("host", ["nft", 'add rule inet mine forward oifname "br1" meta l4proto { tcp, udp } th dport 80 drop']);
    },
  ],
  [
    "iptables, FORWARD",
    async (lab) => {
      for (const program of ["iptables", "ip6tables"]) await lab.in("host", [program, "-A", "FORWARD", "-o", "br1", "-j", "DROP"]);
    },
  ],
];

for (const [name, drop] of OPERATORS)
  test(`the operator's rules are asked first: ${name}`, async () => {
    await withLab(async (lab) => {
      await three(lab);
      await check(lab, ports("peer", ends(HOST), ends(PEER)));
      await drop(lab);
      await check(lab, ports("peer", ends(HOST), null));
      // The host itself is not from outside.
      await check(lab, ports("host", ends(HOST), ends(HOST)));
    }, SWEEP);
  });

test("a network that publishes directly passes the rules for the host's own programs", async () => {
  await withLab(async (lab) => {
    await three(lab, { first: { publish: "direct" } });
    const [, [, drop]] = OPERATORS as [unknown, (typeof OPERATORS)[number]];
    await drop(lab);
    await check(lab, [...ports("peer", ends(HOST), ends(PEER)), ...ports("host", ends(HOST), ends(HOST))]);
  }, SWEEP);
});

test("containers of an isolated network reach the host and the outside, not one another but by published ports", async () => {
  for (const filtered of ["0", "1"])
    await withLab(async (lab) => {
      for (const family of ["iptables", "ip6tables"])
        await lab.in("host", ["sysctl", "-qw", `net.bridge.bridge-nf-call-${family}=${filtered}`]);
      const { a, b } = await three(lab, { first: { isolated: true } });
      await check(lab, [
        ...all("b", ends(a), null),
        ...all("b", ends(PEER), ends(HOST)),
        ...all("b", gateway(b), ends(b)),
        ...ports("b", ends(HOST), gateway(a)),
        ...ports("a", ends(HOST), gateway(a)),
        ...ports("peer", ends(HOST), ends(PEER)),
      ]);
    }, SWEEP);
});

test("nothing leaves an internal network, and nothing comes in", async () => {
  await withLab(async (lab) => {
    const { a, c } = await three(lab, { second: { internal: true } });
    const d = await plain(lab, "d", c.network, 3);
    await carryOut(lab, [wired(lab, d)]);
    await serve(lab, "d", 80);
    // Even where it gives itself a way.
    for (const [index, family] of (["-4", "-6"] as const).entries())
      await lab.in("c", ["ip", family, "route", "add", "default", "via", gateway(c)[index] ?? ""]);
    await check(lab, [
      ...all("c", ends(d), ends(c)),
      ...all("host", ends(c), gateway(c)),
      ...all("c", gateway(c), ends(c)),
      ...all("c", ends(PEER), null),
      ...all("c", ends(a), null),
      ...all("a", ends(c), null),
      ...ports("c", ends(HOST), null),
    ]);
  }, SWEEP);
});

test("ports of one address of the host", async () => {
  await withLab(async (lab) => {
    const [one] = [network(1)];
    const [a, b] = [await plain(lab, "a", one, 2), await plain(lab, "b", one, 3)];
    await lab.in("host", ["ip", "address", "add", "10.1.0.9/24", "dev", "uplink"]);
    await carryOut(lab, [
      { up: one },
      wired(lab, a, [
        ...published("8081:80/tcp", "127.0.0.1"),
        ...published("8081:80/tcp", "::1"),
        ...published("8082:80/tcp", HOST.ipv4),
        ...published("8082:81/udp", HOST.ipv4),
        ...published("8083:80/tcp", HOST.ipv6),
      ]),
      wired(lab, b, [...published("8082:80/tcp", "10.1.0.9"), ...published("8084:80/tcp", "0.0.0.0")]),
    ]);
    await Promise.all([serve(lab, "a", 80, 81), serve(lab, "b", 80)]);
    const tcp = (from: string, to: string, port: number, want: string | null) => ({ from, kind: "tcp", to, port, want }) as const;
    await check(lab, [
      tcp("host", "127.0.0.1", 8081, gateway(a)[0]),
      tcp("host", HOST.ipv4, 8081, "refused"),
      tcp("peer", HOST.ipv4, 8081, "refused"),
      tcp("peer", HOST.ipv6, 8081, "refused"),
      tcp("b", gateway(a)[0], 8081, "refused"),
      tcp("peer", HOST.ipv4, 8082, PEER.ipv4),
      { from: "peer", kind: "udp", to: HOST.ipv4, port: 8082, want: PEER.ipv4 },
      tcp("host", "127.0.0.1", 8082, "refused"),
      tcp("peer", "10.1.0.9", 8082, PEER.ipv4),
      tcp("peer", "10.1.0.9", 8081, "refused"),
      tcp("peer", HOST.ipv6, 8083, PEER.ipv6),
      tcp("peer", HOST.ipv4, 8083, "refused"),
      tcp("peer", HOST.ipv4, 8084, PEER.ipv4),
      tcp("peer", HOST.ipv6, 8084, "refused"),
    ]);
    expect(await ask(lab, "host", "tcp", "::1", 8081)).toMatch(/^fd74:/);
    // A neighbour that sends to 127.0.0.1 of this host, as if it were routed here.
    await lab.in("peer", ["sysctl", "-qw", "net.ipv4.conf.all.route_localnet=1", "net.ipv4.conf.cable.route_localnet=1"]);
    await lab.in("peer", ["ip", "route", "del", "local", "127.0.0.0/8", "table", "local"]).catch(() => {});
    await lab.in("peer", ["ip", "route", "add", "127.0.0.1/32", "via", HOST.ipv4, "dev", "cable", "src", PEER.ipv4]).catch(() => {});
    expect(await askInVain(lab, "peer", "tcp", "127.0.0.1", 8081)).not.toBe(PEER.ipv4);
    // So does a container, by the link that has route_localnet.
    await lab.in("b", ["sysctl", "-qw", "net.ipv4.conf.all.route_localnet=1", "net.ipv4.conf.eth0.route_localnet=1"]);
    await lab.in("b", ["ip", "address", "flush", "dev", "lo"]);
    await lab.in("b", ["ip", "route", "add", "127.0.0.1/32", "via", gateway(b)[0], "dev", "eth0"]);
    expect(await askInVain(lab, "b", "tcp", "127.0.0.1", 8081)).toBeNull();
  }, SWEEP);
});

test("a UDP port leads to another container when it is published anew, for those that go on sending from one port, too", async () => {
  await withLab(async (lab) => {
    const one = network(1);
    const [a, b] = [await plain(lab, "a", one, 2), await plain(lab, "b", one, 3)];
    const udp = published("8080:80/udp");
    await carryOut(lab, [{ up: one }]);
    const client = () =>
      probe(
        lab,
        "peer",
        ends(HOST).map((to) => ({ kind: "udp", to, port: 8080, source: 5555 })),
      );
    // The client has tried when nobody was there yet.
    expect(await client()).toEqual(["refused", "refused"]);
    for (const container of [a, b]) {
      const server = await serve(lab, container.place, 80);
      await carryOut(lab, [wired(lab, container, udp)]);
      expect(await client()).toEqual(ends(PEER));
      await carryOut(lab, [{ unpublish: udp, network: one, endpoint: container.endpoint }]);
      // What was still led here would be refused.
      server.kill("SIGKILL");
    }
  }, SWEEP);
});

test("a range of a thousand ports", async () => {
  await withLab(async (lab) => {
    const one = network(1);
    const a = await plain(lab, "a", one, 2);
    const many = Array.from({ length: 1000 }, (_, index) => published(`${20_000 + index}:${30_000 + index}/tcp`)).flat();
    await carryOut(lab, [{ up: one }, wired(lab, a, many)]);
    await serve(lab, "a", 30_000, 30_999);
    expect(
      await probe(
        lab,
        "peer",
        [20_000, 20_999, 21_000].map((port) => ({ kind: "tcp", to: HOST.ipv6, port })),
      ),
    ).toEqual([PEER.ipv6, PEER.ipv6, "refused"]);
    await carryOut(lab, [{ unpublish: many, network: one, endpoint: a.endpoint }]);
    expect(await ask(lab, "peer", "tcp", HOST.ipv4, 20_000)).toBe("refused");
  }, SWEEP);
});

test("a host without IPv6", async () => {
  await withLab(
    async (lab) => {
      const { a, b } = await three(lab);
      const four = (to: string, want: string) => ({ kind: "tcp", to, port: 8080, want }) as const;
      await check(lab, [
        { from: "peer", ...four(HOST.ipv4, PEER.ipv4) },
        { from: "host", ...four("127.0.0.1", gateway(a)[0]) },
        { from: "b", ...four(HOST.ipv4, gateway(a)[0]) },
        { from: "b", kind: "icmp", to: a.ipv4, want: "pong" },
        { from: "b", kind: "icmp", to: PEER.ipv4, want: "pong" },
      ]);
      expect(await lab.in(b.place, ["ip", "-6", "address", "show", "scope", "global"])).toBe("");
      expect(await lab.in("host", ["nft", "list", "tables"])).not.toContain("ip6");
    },
    { ...SWEEP, ipv6: false },
  );
});

test("a host that was no router forwards for containers and for nobody else", async () => {
  await withLab(async (lab) => {
    await lab.place("side");
    await lab.cable([
      { place: "host", interface: "side0", addresses: ["10.7.0.1/24", "fd07::1/64"] },
      { place: "side", interface: "side1", addresses: ["10.7.0.2/24", "fd07::2/64"] },
    ]);
    for (const [family, via, back] of [
      ["-4", "10.7.0.1", "10.7.0.0/24"],
      ["-6", "fd07::1", "fd07::/64"],
    ] as const) {
      await lab.in("side", ["ip", family, "route", "add", "default", "via", via]);
      await lab.in("peer", ["ip", family, "route", "add", back, "via", family === "-4" ? HOST.ipv4 : HOST.ipv6]);
    }
    const { a } = await three(lab);
    const side: readonly [string, string] = ["10.7.0.2", "fd07::2"];
    await serve(lab, "side", 80);
    await check(lab, [
      ...all("side", ends(PEER), null),
      ...all("peer", side, null),
      ...all("a", side, ["10.7.0.1", "fd07::1"]),
      ...ports("side", ["10.7.0.1", "fd07::1"], side),
      ...ports("side", ends(HOST), side),
      ...all("side", ends(a), null),
    ]);
  }, SWEEP);
});

test("after `nft flush ruleset`, and without the bridge, reload restores what containers had", async () => {
  await withLab(async (lab) => {
    const { a, b } = await three(lab);
    const works = [
      ...all("a", ends(b), ends(a)),
      ...all("a", ends(PEER), ends(HOST)),
      ...ports("peer", ends(HOST), ends(PEER)),
      ...ports("host", ends(HOST), ends(HOST)),
      ...ports("c", ends(HOST), ["10.89.2.2", "fd00:89:2::2"]),
    ];
    const before = await lab.in("host", ["nft", "-s", "list", "ruleset"]);
    for (const damage of [
      ["nft", "flush", "ruleset"],
      ["ip", "link", "del", "br1"],
      ["ip", "link", "del", `${gateName(before)}0`],
    ]) {
      await lab.in("host", damage);
      await carryOut(lab, [{ reload: true }]);
      expect(await lab.in("host", ["nft", "-s", "list", "ruleset"])).toBe(before);
      await check(lab, works);
    }
    await carryOut(lab, [{ reload: true }, { reload: true }]);
    expect(await lab.in("host", ["nft", "-s", "list", "ruleset"])).toBe(before);
  }, SWEEP);
});

/** What the names of both ends of the gate begin with. */
const gateName = (ruleset: string) => /device "(teu-[\da-f]{8}g)0"/.exec(ruleset)?.[1] ?? "";

test("what no row stands behind goes, and nothing else", async () => {
  await withLab(async (lab) => {
    const { a, b, c } = await three(lab);
    const works = [...all("b", ends(PEER), ends(HOST)), ...all("c", ends(PEER), ends(HOST)), ...all("c", gateway(c), ends(c))];
    await carryOut(lab, [{ sweep: true }]);
    await check(lab, [...works, ...ports("peer", ends(HOST), ends(PEER))]);
    await carryOut(lab, [{ forget: a.endpoint }, { sweep: true }]);
    await check(lab, [...works, { from: "peer", kind: "tcp", to: HOST.ipv4, port: 8080, want: "refused" }]);
    const links = await lab.in("host", ["ip", "-o", "link"]);
    expect(links).not.toContain(a.endpoint.hostInterface ?? "?");
    expect(links).toContain(b.endpoint.hostInterface ?? "?");
    expect(await lab.in("host", ["nft", "list", "ruleset"])).not.toContain(a.ipv4);
  }, SWEEP);
});
