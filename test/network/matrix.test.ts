// Who reaches whom: containers of root's, with real TCP, UDP and ICMP over IPv4 and IPv6. A row of the table is a test; all of them are sent at once,
// on a host that filters bridged frames, and on one that does not and checks whence packets come.
import { gateOf } from "../../src/network/drivers/names.ts";
import { engineTag } from "../../src/network/model/engine-tag.ts";
import { eventually } from "../support/run.ts";
import { startBoxes } from "./lab/boxes.ts";
import { all, compare, type Ends, ends, LOCALHOST, none, ports, send } from "./lab/cells.ts";
import { HOST, type Lab, labRequires, PEER, sharedLab } from "./lab/lab.ts";
import { ENDS, gateway, JOINED, makeNetworks, removeAll } from "./lab/matrix.ts";
import { type Answer, serve } from "./lab/traffic.ts";

const { describe, test } = labRequires();

const [host, peer] = [ends(HOST), ends(PEER)];
const GATE = "the gate";

const { a, b, c, m1, m2, d, e, f, g } = ENDS;
const [v, w]: readonly [Ends, Ends] = [
  ["10.1.0.20", "fd01::20"],
  ["10.1.0.21", "fd01::21"],
];
const lan = ([ipv4, ipv6]: Ends) => ["--network", `name=lan,ip=${ipv4},ip6=${ipv6}`];

const CONTAINERS = {
  ...JOINED,
  v: lan(v),
  w: lan(w),
};

// biome-ignore format: a row a test
const ROWS = {
  "containers of one network reach each other":               [all("a", b, a), all("b", a, b)],
  "containers of different networks do not":                  [all("a", c, null), all("c", a, null), all("x", a, null), all("a", m2, null)],
  "a container of two networks reaches both":                 [all("m", a, m1), all("m", c, m2), all("a", m1, a), all("c", m2, c)],
  "containers reach the host":                                [all("a", gateway("one"), a), all("a", host, a), all("a", gateway("two"), a)],
  "the host reaches containers":                              [all("host", a, gateway("one")), all("host", m2, gateway("two"))],
  "containers reach the outside, with the host's address":    [all("a", peer, host), all("c", peer, host), all("m", peer, host), all("x", peer, host)],
  "the outside does not reach what is not published":         [all("peer", a, null), all("peer", d, null), ports("peer", host, none("refused"), 8082)],
  "published: from outside":                                  [ports("peer", host, peer), ports("peer", host, peer, 8081)],
  "published: from the host, by its addresses":               [ports("host", host, host), ports("host", gateway("one"), gateway("one"))],
  "published: from the host, by 127.0.0.1 and ::1":           [ports("host", LOCALHOST, [gateway("one")[0], GATE])],
  "published: from a container beside it":                    [ports("b", host, gateway("one")), ports("b", gateway("one"), gateway("one"))],
  "published: from the container itself":                     [ports("a", host, gateway("one")), ports("a", gateway("one"), gateway("one"))],
  "published: from another network":                          [ports("c", host, c), ports("c", gateway("two"), c), ports("m", host, gateway("one"))],
  "none: itself and nobody else":                             [all("n", LOCALHOST, LOCALHOST), all("n", a, none()), all("n", host, none()), all("n", peer, none())],
  "host: what the host reaches, and who reaches the host":    [all("h", peer, host), all("h", a, gateway("one")), ports("h", LOCALHOST, [gateway("one")[0], GATE]),
                                                               ports("peer", host, peer, 84), ports("a", host, a, 84)],
  "container:NAME: as the other, and the other itself":       [all("s", b, a), all("s", c, null), all("s", peer, host), all("s", LOCALHOST, LOCALHOST),
                                                               ports("b", a, b, 82), ports("a", LOCALHOST, LOCALHOST, 82)],
  "internal: each other and the host, both ways":             [all("d", e, d), all("d", gateway("inner"), d), all("host", d, gateway("inner"))],
  "internal: nobody else, either way":                        [all("d", peer, none()), all("d", a, none()), ports("d", host, none()), all("a", d, null), all("m", d, null)],
  "icc=false: the host and the outside, not each other":      [all("f", g, null), all("g", f, null), all("g", peer, host), all("g", gateway("quiet"), g)],
  "icc=false: published ports, from everywhere":              [ports("g", host, gateway("quiet"), 8081), ports("f", host, gateway("quiet"), 8081), ports("a", host, a, 8081)],
  "macvlan: neighbours of the outside, not of the host":      [all("v", w, v), all("v", peer, v), all("peer", v, peer), all("v", host, null), all("host", v, null)],
} as const;
const CELLS = Object.values(ROWS).flat(2);

/** Makes all of it, and asks everything. */
async function open(lab: Lab, filtered: boolean) {
  const sysctl = (...settings: readonly string[]) => lab.in("host", ["sysctl", "-qw", ...settings]);
  await sysctl(...["iptables", "ip6tables"].map((family) => `net.bridge.bridge-nf-call-${family}=${Number(filtered)}`));
  if (!filtered) await sysctl("net.ipv4.conf.all.rp_filter=1", "net.ipv4.conf.default.rp_filter=1");
  await makeNetworks(lab);
  const subnets = [...["--subnet", "10.1.0.0/24", "--gateway", PEER.ipv4], ...["--subnet", "fd01::/64", "--gateway", PEER.ipv6]];
  await lab.ok(["network", "create", "-d", "macvlan", "-o", "parent=uplink", ...subnets, "lan"]);
  const boxes = await startBoxes(lab, CONTAINERS);
  const more = await startBoxes(lab, { s: ["--network", `container:${boxes.a.name}`] });
  // Who routes packets for containers to this host is not let in.
  await lab.in("peer", ["ip", "route", "add", "10.89.0.0/16", "via", HOST.ipv4]);
  await lab.in("peer", ["ip", "route", "add", "fd00:89::/32", "via", HOST.ipv6]);
  const { h, ...others } = boxes;
  await Promise.all([
    ...Object.values(others).map((box) => box.serve(80)),
    ...["host", "peer"].map((place) => serve(lab, place, 80)),
    h.serve(84),
    more.s.serve(82),
  ]);
  const answers = await send(lab, CELLS, { ...boxes, ...more });
  const gate = gateOf(engineTag(lab.roots.root)).in.ipv6;
  return new Map([...answers].map(([cell, answer]): [typeof cell, Answer] => [cell, answer === gate ? GATE : answer]));
}

async function close(lab: Lab): Promise<void> {
  await removeAll(lab);
  await lab.ok(["network", "rm", "lan"]);
  // The servers have the containers' network namespaces still, whose cables go all the same.
  await lab.ok(["ps"]);
  await eventually("nothing is left", async () => (await lab.leftovers()).length === 0);
}

for (const [name, filtered] of [
  ["bridged frames are filtered", true],
  ["they are not, and paths are checked", false],
] as const)
  describe(name, () => {
    const answers = sharedLab((lab) => open(lab, filtered), close, { leftovers: "sweep" });
    for (const [row, cells] of Object.entries(ROWS)) test(row, () => compare(cells.flat(), answers()));
  });
