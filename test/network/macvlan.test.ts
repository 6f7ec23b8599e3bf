// Containers that are neighbours of the host's neighbours (macvlan), and the refusal of ipvlan where the kernel lacks it.
import { expect } from "bun:test";
import { startBox, startBoxes } from "./lab/boxes.ts";
import { all, check, type Ends, ends, none } from "./lab/cells.ts";
import { labRequires, PEER, withLab } from "./lab/lab.ts";
import { ask, askInVain, serve } from "./lab/traffic.ts";

const { test } = labRequires();
const SUBNETS = ["--subnet", "10.89.1.0/24", "--subnet", "fd00:89:1::/64"];

test("a macvlan container is in the network of its parent, beside the host", () =>
  withLab(async (lab) => {
    const subnets = ["--subnet", "10.1.0.0/24", "--ip-range", "10.1.0.64/26", "--gateway", PEER.ipv4, "--subnet", "fd01::/64"];
    const gateway6 = ["--ip-range", "fd01::100:0/112", "--gateway", PEER.ipv6];
    await lab.ok(["network", "create", "-d", "macvlan", "-o", "parent=uplink", ...subnets, ...gateway6, "lan"]);
    const one = await startBox(lab, "one", ["--network", "lan"]);
    const two = await startBox(lab, "two", ["--network", "lan"]);
    await one.serve(80);
    await serve(lab, "peer", 80);
    const [four, six] = [await one.address(4), await one.address(6)];
    expect(
      await one.probe([PEER.ipv4, PEER.ipv6].flatMap((to) => (["tcp", "udp", "icmp"] as const).map((kind) => ({ kind, to, port: 80 })))),
    ).toEqual([four, four, "pong", six, six, "pong"]);
    expect(await ask(lab, "peer", "tcp", four, 80)).toBe(PEER.ipv4);
    expect(await two.probe([{ kind: "tcp", to: six, port: 80 }])).toEqual([await two.address(6)]);
    // What the kernel's driver is known for: the host itself is not reached.
    expect(await askInVain(lab, "host", "icmp", four)).toBeNull();
    const refused = await lab.teu(["run", "--rm", "--network", "lan", "--network-rate", "in=1m", "--rootfs", "/", "true"]);
    expect(refused.stderr).toContain("--network-rate: macvlan (network lan) has no end on the host");
    await lab.ok(["rm", "-f", one.name, two.name]);
    await lab.ok(["network", "rm", "lan"]);
    // No firewall was needed for that; and the parent is not ours.
    expect(await lab.in("host", ["nft", "list", "tables"])).toBe("");
    expect(await lab.in("host", ["ip", "-o", "link", "show", "uplink"])).toContain("uplink");
  }));

test("the parent of an internal macvlan need not be there: its containers reach one another alone", () =>
  withLab(async (lab) => {
    await lab.ok(["network", "create", "-d", "macvlan", "--internal", "-o", "parent=alone0", ...SUBNETS, "alone"]);
    const boxes = await startBoxes(lab, { a: ["--network", "alone"], b: ["--network", "alone"] });
    await boxes.b.serve(80);
    const [a, b] = await Promise.all([boxes.a, boxes.b].map(async (box): Promise<Ends> => [await box.address(4), await box.address(6)]));
    await check(lab, [...all("a", b ?? none(), a ?? null), ...all("a", ends(PEER), none())], boxes);
    await lab.ok(["rm", "-f", boxes.a.name, boxes.b.name]);
    await lab.ok(["network", "rm", "alone"]);
    expect(await lab.in("host", ["ip", "-o", "link"])).not.toContain("alone0");
  }));

test("a parent that is not there is named", () =>
  withLab(async (lab) => {
    const refused = await lab.teu(["network", "create", "-d", "macvlan", "-o", "parent=eth9", ...SUBNETS, "lost"]);
    expect(refused.stderr).toContain("network lost: its parent eth9 is not there");
    expect(await lab.ok(["network", "ls", "-q", "--filter", "name=lost"])).toBe("");
  }));

test("ipvlan is refused in a sentence where the kernel has none", () =>
  withLab(async (lab) => {
    const probe = await lab.run("host", ["ip", "link", "add", "link", "uplink", "name", "probe", "type", "ipvlan"]);
    if (probe.status === 0) return;
    const create = ["network", "create", "-d", "ipvlan", "-o", "parent=uplink", "--subnet", "10.1.0.0/24", "--gateway", PEER.ipv4, "lan"];
    const made = await lab.teu(create);
    const { stderr } = made.status === 0 ? await lab.teu(["run", "--rm", "--network", "lan", "--rootfs", "/", "true"]) : made;
    expect(stderr).toMatch(/ipvlan/);
    expect(stderr).toMatch(/EOPNOTSUPP|kernel/);
  }));
