// Containers that are neighbours of the host's neighbours (macvlan), and the refusal of ipvlan where the kernel lacks it.
import { expect } from "bun:test";
import { startBox } from "./lab/boxes.ts";
import { labRequires, PEER, withLab } from "./lab/lab.ts";
import { ask, serve } from "./lab/traffic.ts";

const { test } = labRequires();

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
    expect(await ask(lab, "host", "icmp", four)).toBeNull();
    const refused = await lab.teu(["run", "--rm", "--network", "lan", "--network-rate", "in=1m", "--rootfs", "/", "true"]);
    expect(refused.stderr).toContain("--network-rate: macvlan (network lan) has no end on the host");
    await lab.ok(["rm", "-f", one.name, two.name]);
    await lab.ok(["network", "rm", "lan"]);
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
