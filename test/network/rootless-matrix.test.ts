// Who reaches whom: containers of an ordinary user, and one with a private network, with real TCP, UDP and ICMP over IPv4 and IPv6. A row of the
// table is a test; all of them are sent at once.
import { existsSync } from "node:fs";
import { eventually } from "../support/run.ts";
import { tester } from "../support/user.ts";
import { startBoxes } from "./lab/boxes.ts";
import { all, type Cell, compare, type Ends, ends, LOCALHOST, none, ports, send } from "./lab/cells.ts";
import { HOST, type Lab, labRequires, PEER, sharedLab } from "./lab/lab.ts";
import { ENDS, gateway, JOINED, makeNetworks, publish, removeAll } from "./lab/matrix.ts";
import { serve } from "./lab/traffic.ts";

const { describe, test } = labRequires("tester", "userns", "subids", "newuidmap", "slirp4netns", "pasta");

const [host, peer] = [ends(HOST), ends(PEER)];
const { a, b, c, m1, m2, d, e, f, g } = ENDS;

const CONTAINERS = {
  ...JOINED,
  p: ["--network", "private", ...publish(8090)],
};

/** Into a private network pasta of Debian 12 lets what servers say only after the client. */
const asking = (cells: readonly Cell[]): Cell[] => cells.map((cell) => ({ ...cell, kind: cell.kind === "tcp" ? "asking" : cell.kind }));
const outside = (from: string, to: Ends, port = 80) => ports(from, to, host, port);

// biome-ignore format: a row a test
const ROWS = {
  "containers of one network reach each other":              [all("a", b, a), all("b", a, b)],
  "containers of different networks do not":                 [all("a", c, null), all("c", a, null), all("x", a, null), all("a", m2, null)],
  "a container of two networks reaches both":                [all("m", a, m1), all("m", c, m2), all("a", m1, a), all("c", m2, c)],
  "containers reach the outside, with the host's address":   [outside("a", peer), outside("c", peer), outside("m", peer), outside("x", peer)],
  "containers reach the host":                               [outside("a", host), outside("x", host)],
  "neither the outside nor the host reaches containers":     [ports("peer", a, null), ports("peer", host, none("refused"), 8082), ports("host", host, none("refused"), 8082)],
  "published: from outside":                                 [ports("peer", host, peer), ports("peer", host, peer, 8081)],
  "published: from the host, by its address":                [ports("host", host, host)],
  "published: from the host, by 127.0.0.1 and ::1":          [ports("host", LOCALHOST, gateway("one"))],
  "published: from the container itself, and one beside it": [ports("a", host, host), ports("b", host, host)],
  "published: from another network":                         [ports("c", host, host), ports("x", host, host), ports("m", host, host)],
  "private: the outside, and published ports":               [outside("p", peer), asking(ports("peer", host, peer, 8090))],
  "none: itself and nobody else":                            [all("n", LOCALHOST, LOCALHOST), all("n", a, none()), all("n", host, none()), all("n", peer, none())],
  "host: what the host reaches, and who reaches the host":   [all("h", peer, host), ports("h", LOCALHOST, gateway("one")), ports("peer", host, peer, 84), outside("a", host, 84)],
  "container:NAME: as the other, and the other itself":      [all("s", b, a), all("s", c, null), outside("s", peer), all("s", LOCALHOST, LOCALHOST),
                                                              ports("b", a, b, 82), ports("a", LOCALHOST, LOCALHOST, 82)],
  "internal: each other, and nobody else":                   [all("d", e, d), all("d", peer, none()), all("d", a, none()), ports("d", host, none()), all("a", d, null), all("m", d, null)],
  "icc=false: the outside, not each other":                  [all("f", g, null), all("g", f, null), outside("g", peer), ports("g", host, host, 8081)],
} as const;
const CELLS = Object.values(ROWS).flat(2);

async function open(lab: Lab) {
  await makeNetworks(lab);
  const boxes = await startBoxes(lab, CONTAINERS);
  const more = await startBoxes(lab, { s: ["--network", `container:${boxes.a.name}`] });
  await lab.in("peer", ["ip", "route", "add", "10.89.0.0/16", "via", HOST.ipv4]);
  await lab.in("peer", ["ip", "route", "add", "fd00:89::/32", "via", HOST.ipv6]);
  const { h, p, ...others } = boxes;
  await Promise.all([
    ...Object.values(others).map((box) => box.serve(80)),
    ...["host", "peer"].map((place) => serve(lab, place, 80)),
    p.serve("+80"),
    h.serve(84),
    more.s.serve(82),
  ]);
  return send(lab, CELLS, { ...boxes, ...more });
}

async function close(lab: Lab): Promise<void> {
  await removeAll(lab);
  await eventually("the user's networks are gone", () => !existsSync(`${lab.roots.runRoot}/rootless/network.json`));
  await eventually("nothing is left", async () => (await lab.leftovers()).length === 0);
}

describe("an ordinary user's containers", () => {
  const answers = sharedLab(open, close, { account: tester(), leftovers: "sweep" });
  for (const [row, cells] of Object.entries(ROWS)) test(row, () => compare(cells.flat(), answers()));
});
