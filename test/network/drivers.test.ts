// Networks other than bridges: macvlan beside the host's own link, vxlan between two hosts.
import { expect } from "bun:test";
import type { IpAddress, Prefix } from "../../src/network/address/address.ts";
import { all, check, ends } from "./lab/cells.ts";
import { HOST, labRequires, PEER, withLab } from "./lab/lab.ts";
import { carryOut, network, plain, wired } from "./lab/plain.ts";
import { serve } from "./lab/traffic.ts";

const { test } = labRequires();
const SWEEP = { leftovers: "sweep" } as const;

test("macvlan: containers are at the outside's network, and the host does not reach them", async () => {
  await withLab(async (lab) => {
    const outside = network(1, {
      driver: "macvlan",
      interface: "uplink",
      settings: { kind: "macvlan", mode: "bridge" },
      subnets: [
        { prefix: "10.1.0.0/24" as Prefix, gateway: PEER.ipv4 as IpAddress, reserved: {} },
        { prefix: "fd01::/64" as Prefix, gateway: PEER.ipv6 as IpAddress, reserved: {} },
      ],
    });
    const [a, b] = [await plain(lab, "a", outside, 20), await plain(lab, "b", outside, 21)];
    await carryOut(lab, [{ up: outside }, wired(lab, a), wired(lab, b)]);
    await Promise.all(["a", "b", "peer"].map((place) => serve(lab, place, 80)));
    await check(lab, [...all("a", ends(b), ends(a)), ...all("a", ends(PEER), ends(a)), ...all("peer", ends(a), ends(PEER))]);
    expect(await lab.in("host", ["nft", "list", "tables"])).toBe("");
    await carryOut(lab, [{ down: outside }]);
    expect(await lab.in("host", ["ip", "-o", "link", "show", "uplink"])).toContain("uplink");
  }, SWEEP);
});

test("an internal macvlan needs no parent: its containers reach one another alone", async () => {
  await withLab(async (lab) => {
    const alone = network(1, { driver: "macvlan", internal: true, settings: { kind: "macvlan", mode: "bridge" } });
    const [a, b] = [await plain(lab, "a", alone, 2), await plain(lab, "b", alone, 3)];
    await carryOut(lab, [{ up: alone }, wired(lab, a), wired(lab, b)]);
    await serve(lab, "b", 80);
    await check(lab, all("a", ends(b), ends(a)));
    await carryOut(lab, [{ down: alone }]);
    expect(await lab.in("host", ["ip", "-o", "link"])).not.toContain("br1");
  }, SWEEP);
});

test("a parent that is not there is named", async () => {
  await withLab(async (lab) => {
    const lost = network(1, { driver: "macvlan", interface: "eth9", settings: { kind: "macvlan", mode: "bridge" } });
    await expect(carryOut(lab, [{ up: lost }])).rejects.toThrow("network net1: its parent eth9 is not there");
  }, SWEEP);
});

test("vxlan: two hosts, one network; a frame of its full size passes", async () => {
  await withLab(async (lab) => {
    const on = (local: string, other: string, gateway: number) => {
      const one = network(1, {
        driver: "vxlan",
        settings: { kind: "vxlan", vni: 77, port: 4789, local: local as IpAddress, peers: [other as IpAddress] },
      });
      const gateways = [`10.89.1.${gateway}`, `fd00:89:1::${gateway}`];
      return { ...one, subnets: one.subnets.map((subnet, index) => ({ ...subnet, gateway: gateways[index] as IpAddress })) };
    };
    const [here, there] = [on(HOST.ipv4, PEER.ipv4, 1), on(PEER.ipv4, HOST.ipv4, 254)];
    const [a, b] = [await plain(lab, "a", here, 2), await plain(lab, "b", there, 3)];
    await carryOut(lab, [{ up: here }, wired(lab, a)]);
    await carryOut(lab, [{ up: there }, wired(lab, b)], "peer");
    await Promise.all([serve(lab, "a", 80), serve(lab, "b", 80)]);
    await check(lab, [
      ...all("a", ends(b), ends(a)),
      ...all("b", ends(a), ends(b)),
      ...all("host", ends(b), ["10.89.1.1", "fd00:89:1::1"]),
    ]);
    expect(await lab.in("a", ["ip", "link", "show", "eth0"])).toContain("mtu 1450");
    expect(await lab.in("host", ["bridge", "fdb", "show", "dev", `vx${here.id.slice(0, 11)}`])).toContain(
      `00:00:00:00:00:00 dst ${PEER.ipv4}`,
    );
    await carryOut(lab, [{ reload: true }]);
    await check(lab, all("a", ends(b), ends(a)));
    await carryOut(lab, [{ down: here }]);
    expect(await lab.in("host", ["ip", "-o", "link"])).not.toMatch(/vx1|br1/);
  }, SWEEP);
});
