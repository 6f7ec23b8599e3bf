// What our messages about links, addresses, routes and neighbours make of a real kernel's namespace, as ip(8) and bridge(8) tell it.
import { expect } from "bun:test";
import type { Message } from "../../src/kernel/netlink/message.ts";
import { addAddress, removeAddress } from "../../src/kernel/netlink/rtnetlink/addresses.ts";
import {
  addBridge,
  addIfb,
  addMacvlan,
  addVeth,
  addVxlan,
  removeLink,
  setBridgePort,
  setLink,
} from "../../src/kernel/netlink/rtnetlink/links.ts";
import { addForwarding, addNeighbour, addProxy, removeForwarding, removeNeighbour } from "../../src/kernel/netlink/rtnetlink/neighbours.ts";
import { addRoute, removeRoute } from "../../src/kernel/netlink/rtnetlink/routes.ts";
import type { Register } from "../../src/kernel/plan/plan.ts";
import { requires } from "../support/requires.ts";
import { afterwards, afterwardsWithContainer, IN_CONTAINER } from "./namespace.ts";

const { test } = requires("root", "ip", "nsenter");

const v4 = (text: string) => Uint8Array.from(text.split("."), Number);
const v6 = (hex: string) => Uint8Array.fromHex(hex);
const FD01_1 = v6("fd010000000000000000000000000001");
const FD01_2 = v6("fd010000000000000000000000000002");

const MAC = "02:42:0a:58:00:01";

async function after(messages: readonly Message[], command: string): Promise<unknown> {
  return JSON.parse(await afterwards({ route: messages }, command));
}

const BRIDGE = addBridge({ name: "teu0", index: 10, mac: MAC, mtu: 1400, alias: "teu:x:y", up: true, multicastSnooping: false });

test("a bridge", async () => {
  expect(await after(BRIDGE, "ip -d -j link show teu0")).toMatchObject([
    {
      ifname: "teu0",
      ifindex: 10,
      address: MAC,
      mtu: 1400,
      ifalias: "teu:x:y",
      flags: expect.arrayContaining(["UP"]),
      linkinfo: { info_kind: "bridge", info_data: { mcast_snooping: 0 } },
    },
  ]);
});

test("a pair of which one end is a port of the bridge, and the other in the container with its index", async () => {
  const sent = (namespace: Register) => ({
    route: [
      ...BRIDGE,
      ...addVeth({
        name: "veth0",
        master: 10,
        mac: "02:42:0a:58:00:02",
        mtu: 1400,
        alias: "teu:x:z",
        up: true,
        hairpin: true,
        isolated: true,
        peer: { name: "eth0", index: 77, mac: "02:42:0a:58:00:03", mtu: 1400, namespace },
      }),
    ],
  });
  const [host] = JSON.parse(await afterwardsWithContainer(sent, "ip -d -j link show veth0"));
  expect(host).toMatchObject({ ifalias: "teu:x:z", master: "teu0", address: "02:42:0a:58:00:02", mtu: 1400, link_index: 77 });
  expect(host.flags).toContain("UP");
  expect(host.linkinfo).toMatchObject({ info_kind: "veth", info_slave_kind: "bridge", info_slave_data: { hairpin: true, isolated: true } });
  const [peer] = JSON.parse(await afterwardsWithContainer(sent, `${IN_CONTAINER} ip -d -j link show eth0`));
  expect(peer).toMatchObject({ ifindex: 77, address: "02:42:0a:58:00:03", mtu: 1400, linkinfo: { info_kind: "veth" } });
  expect(peer.flags).not.toContain("UP");
});

test("a pair with both indices, then without the port's options, then gone", async () => {
  const pair = addVeth({ name: "a0", index: 20, up: true, peer: { name: "a1", index: 21 } });
  const show = "ip -j -d link show type veth";
  expect(await after(pair, show)).toMatchObject(
    [
      { ifname: "a1", ifindex: 21 },
      { ifname: "a0", ifindex: 20 },
    ].reverse(),
  );
  const port = [...BRIDGE, ...pair, setLink("a0", { master: 10 }), setBridgePort("a0", { hairpin: true, flood: false })];
  const data = { info_slave_data: { hairpin: true, isolated: false, flood: false } };
  expect(await after(port, "ip -j -d link show a0")).toMatchObject([{ linkinfo: data }]);
  const off = { info_slave_data: { hairpin: false, isolated: true } };
  expect(await after([...port, setBridgePort(20, { hairpin: false, isolated: true })], "ip -j -d link show a0")).toMatchObject([
    { linkinfo: off },
  ]);
  expect(await after([...pair, removeLink("a1")], show)).toEqual([]);
  expect(await after([...pair, removeLink(20)], show)).toEqual([]);
});

test("macvlan, vxlan, ifb", async () => {
  const messages = [
    ...BRIDGE,
    ...addMacvlan({ name: "mac0", parent: 10, mode: "bridge", mac: "02:42:0a:58:00:07" }),
    ...addVxlan({ name: "vx0", vni: 4711, port: 8472, local: v4("10.0.0.1"), parent: 10, learnsHosts: false, alias: "teu:v" }),
    ...addIfb({ name: "ifb9", up: true, txQueueLength: 32 }),
  ];
  const links = (await after(messages, "ip -j -d link show")) as { ifname: string }[];
  const link = (name: string) => links.find(({ ifname }) => ifname === name);
  expect(link("mac0")).toMatchObject({
    link: "teu0",
    address: "02:42:0a:58:00:07",
    linkinfo: { info_kind: "macvlan", info_data: { mode: "bridge" } },
  });
  expect(link("vx0")).toMatchObject({
    ifalias: "teu:v",
    linkinfo: { info_kind: "vxlan", info_data: { id: 4711, port: 8472, local: "10.0.0.1", link: "teu0", learning: false } },
  });
  expect(link("ifb9")).toMatchObject({ txqlen: 32, linkinfo: { info_kind: "ifb" } });
});

test("addresses", async () => {
  const address = { address: v4("10.88.0.1"), prefixLength: 24, broadcast: v4("10.88.0.255") };
  const messages = [...BRIDGE, addAddress(10, address), addAddress(10, { address: FD01_1, prefixLength: 64, nodad: true })];
  const show = "ip -j address show dev teu0 scope global";
  const info = {
    addr_info: [
      { family: "inet", local: "10.88.0.1", prefixlen: 24, broadcast: "10.88.0.255", scope: "global" },
      { family: "inet6", local: "fd01::1", prefixlen: 64, scope: "global", nodad: true },
    ],
  };
  expect(await after(messages, show)).toMatchObject([info]);
  expect(
    await after([...messages, removeAddress(10, address), removeAddress(10, { address: FD01_1, prefixLength: 64 })], show),
  ).toMatchObject([{ addr_info: [] }]);
});

test("routes", async () => {
  const up = [...BRIDGE, addAddress(10, { address: v4("10.88.0.1"), prefixLength: 24 })];
  const routes = [
    addRoute({ destination: { address: v4("0.0.0.0"), prefixLength: 0 }, gateway: v4("10.88.0.2"), index: 10, metric: 7 }),
    addRoute({ destination: { address: v4("10.99.0.0"), prefixLength: 16 }, gateway: v4("10.77.0.2"), index: 10, onlink: true }),
    addRoute({ destination: { address: v4("10.98.0.0"), prefixLength: 16 }, index: 10, source: v4("10.88.0.1") }),
    addRoute({ destination: { address: v4("10.97.0.0"), prefixLength: 16 }, index: 10, table: 1000 }),
    addRoute({ destination: { address: v4("10.96.0.0"), prefixLength: 16 }, type: "blackhole" }),
  ];
  expect(await after([...up, ...routes], "ip -4 -j route show")).toMatchObject([
    { dst: "default", gateway: "10.88.0.2", dev: "teu0", metric: 7 },
    { dst: "10.88.0.0/24" },
    { type: "blackhole", dst: "10.96.0.0/16" },
    { dst: "10.98.0.0/16", dev: "teu0", prefsrc: "10.88.0.1", scope: "link" },
    { dst: "10.99.0.0/16", gateway: "10.77.0.2", dev: "teu0", flags: expect.arrayContaining(["onlink"]) },
  ]);
  expect(await after([...up, ...routes], "ip -4 -j route show table 1000")).toMatchObject([{ dst: "10.97.0.0/16", dev: "teu0" }]);
  const local = { destination: { address: v6(`${"0".repeat(31)}1`), prefixLength: 128 }, type: "local", index: 10, metric: 2048 } as const;
  const shown = await after([...BRIDGE, addRoute(local)], "ip -6 -j route show table local dev teu0");
  expect(shown).toContainEqual(expect.objectContaining({ type: "local", dst: "::1", metric: 2048 }));
  const gone = [
    removeRoute({ destination: { address: v4("0.0.0.0"), prefixLength: 0 }, gateway: v4("10.88.0.2"), index: 10 }),
    removeRoute({ destination: { address: v4("10.98.0.0"), prefixLength: 16 } }),
    removeRoute({ destination: { address: v4("10.96.0.0"), prefixLength: 16 }, type: "blackhole" }),
  ];
  expect(await after([...up, ...routes, ...gone], "ip -4 -j route show")).toMatchObject([{ dst: "10.88.0.0/24" }, { dst: "10.99.0.0/16" }]);
  expect(await after([...BRIDGE, addRoute(local), removeRoute(local)], "ip -6 -j route show table local type local")).not.toContainEqual(
    expect.objectContaining({ dst: "::1", dev: "teu0" }),
  );
});

test("neighbours and proxies", async () => {
  const messages = [...BRIDGE, addNeighbour(10, { address: v4("10.88.0.9"), mac: MAC }), addNeighbour(10, { address: FD01_2, mac: MAC })];
  const show = "ip -j neigh show dev teu0 nud permanent";
  expect(await after(messages, show)).toEqual([
    { dst: "10.88.0.9", lladdr: MAC, state: ["PERMANENT"] },
    { dst: "fd01::2", lladdr: MAC, state: ["PERMANENT"] },
  ]);
  expect(await after([...messages, removeNeighbour(10, v4("10.88.0.9"))], show)).toEqual([
    { dst: "fd01::2", lladdr: MAC, state: ["PERMANENT"] },
  ]);
  expect(await after([...BRIDGE, addProxy(10, FD01_2)], "ip -6 -j neigh show proxy")).toMatchObject([{ dst: "fd01::2", dev: "teu0" }]);
});

test("forwarding entries of a vxlan", async () => {
  const vxlan = addVxlan({ name: "vx0", index: 30, vni: 5, port: 8472 });
  const all = { mac: "00:00:00:00:00:00", host: v4("10.0.0.2"), append: true };
  const messages = [
    ...vxlan,
    addForwarding(30, all),
    addForwarding(30, { ...all, host: v4("10.0.0.3") }),
    addForwarding(30, { mac: MAC, host: v4("10.0.0.2"), vni: 6, port: 4790 }),
  ];
  const show = "bridge -j fdb show dev vx0";
  const entry = (mac: string, dst: string) => expect.objectContaining({ mac, dst, state: "permanent", flags: ["self"] });
  const none = "00:00:00:00:00:00";
  const shown = await after(messages, show);
  for (const want of [entry(none, "10.0.0.2"), entry(none, "10.0.0.3"), entry(MAC, "10.0.0.2")]) expect(shown).toContainEqual(want);
  expect(await after([...messages, removeForwarding(30, { mac: MAC }), removeForwarding(30, all)], show)).toEqual([
    entry(none, "10.0.0.3"),
  ]);
});
