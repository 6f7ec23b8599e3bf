// What is asked of ip(8), bridge(8) and tc(8), and our messages for the same. The links of golden.test.ts: br0 is 10, a0 and a1 are 20 and 21,
// vx is 30.
import type { Message } from "../../src/kernel/netlink/message.ts";
import { addAddress, removeAddress } from "../../src/kernel/netlink/rtnetlink/addresses.ts";
import {
  addBridge,
  addIfb,
  addIpvlan,
  addMacvlan,
  addVeth,
  addVxlan,
  removeLink,
  setBridgePort,
  setLink,
  setLinkUp,
} from "../../src/kernel/netlink/rtnetlink/links.ts";
import {
  addForwarding,
  addNeighbour,
  addProxy,
  removeForwarding,
  removeNeighbour,
  removeProxy,
} from "../../src/kernel/netlink/rtnetlink/neighbours.ts";
import { addRoute, removeRoute } from "../../src/kernel/netlink/rtnetlink/routes.ts";
import { addRoutingRule, removeRoutingRule } from "../../src/kernel/netlink/rtnetlink/routing-rules.ts";
import { ingressQdisc, removeQdisc, tbf, u32Redirect } from "../../src/kernel/netlink/rtnetlink/traffic.ts";

const v4 = (text: string) => Uint8Array.from(text.split("."), Number);
const v6 = (head: string, tail: string) => Uint8Array.fromHex(head + tail.padStart(32 - head.length, "0"));
const MAC = "02:42:0a:58:00:01";
const NONE = "00:00:00:00:00:00";

export interface RouteCase {
  readonly command: string;
  readonly ours: readonly Message[];
}

export const ROUTE_CASES: readonly RouteCase[] = [
  {
    command: `ip link add name br9 mtu 1400 address ${MAC} type bridge mcast_snooping 0`,
    ours: addBridge({ name: "br9", mac: MAC, mtu: 1400, multicastSnooping: false }),
  },
  {
    command: `ip link add name v0 index 40 mtu 1400 type veth peer name v1 index 41 mtu 1400 address ${MAC}`,
    ours: addVeth({ name: "v0", index: 40, mtu: 1400, peer: { name: "v1", index: 41, mtu: 1400, mac: MAC } }),
  },
  { command: "ip link add name v0 master br0 type veth peer name v1", ours: addVeth({ name: "v0", master: 10, peer: { name: "v1" } }) },
  { command: "ip link add link br0 name m0 type macvlan mode bridge", ours: addMacvlan({ name: "m0", parent: 10, mode: "bridge" }) },
  { command: "ip link add link br0 name i0 type ipvlan mode l3", ours: addIpvlan({ name: "i0", parent: 10, mode: "l3" }) },
  {
    command: "ip link add name x0 type vxlan id 7 dstport 8472 local 10.0.0.1 dev br0 nolearning",
    ours: addVxlan({ name: "x0", vni: 7, port: 8472, local: v4("10.0.0.1"), parent: 10, learnsHosts: false }),
  },
  {
    command: "ip link add name x0 type vxlan id 7 dstport 8472 local fd01::1",
    ours: addVxlan({ name: "x0", vni: 7, port: 8472, local: v6("fd01", "1") }),
  },
  { command: "ip link add name ifb9 txqueuelen 32 type ifb", ours: addIfb({ name: "ifb9", txQueueLength: 32 }) },
  { command: "ip link set dev a0 up", ours: [setLinkUp(20, true)] },
  { command: "ip link set dev a0 down", ours: [setLinkUp(20, false)] },
  { command: "ip link set dev a0 alias teu:x", ours: [setLink(20, { alias: "teu:x" })] },
  { command: "ip link set dev a0 master br0", ours: [setLink(20, { master: 10 })] },
  { command: "ip link set dev a0 nomaster", ours: [setLink(20, { master: 0 })] },
  { command: `ip link set dev a0 address ${MAC} mtu 1300`, ours: [setLink(20, { mac: MAC, mtu: 1300 })] },
  {
    command: "ip link set dev a0 type bridge_slave hairpin on isolated on learning off flood off neigh_suppress on",
    ours: [setBridgePort(20, { hairpin: true, isolated: true, learning: false, flood: false, neighbourSuppression: true })],
  },
  { command: "ip link del dev a0", ours: [removeLink(20)] },
  {
    command: "ip address add 10.88.0.1/24 broadcast 10.88.0.255 dev br0",
    ours: [addAddress(10, { address: v4("10.88.0.1"), prefixLength: 24, broadcast: v4("10.88.0.255") })],
  },
  {
    command: "ip address add fd01::1/64 dev br0 nodad",
    ours: [addAddress(10, { address: v6("fd01", "1"), prefixLength: 64, nodad: true })],
  },
  { command: "ip address del 10.88.0.1/24 dev br0", ours: [removeAddress(10, { address: v4("10.88.0.1"), prefixLength: 24 })] },
  {
    command: "ip route add default via 10.88.0.2 dev br0 metric 7",
    ours: [addRoute({ destination: { address: v4("0.0.0.0"), prefixLength: 0 }, gateway: v4("10.88.0.2"), index: 10, metric: 7 })],
  },
  {
    command: "ip route add 10.99.0.0/16 via 10.77.0.2 dev br0 onlink src 10.88.0.1",
    ours: [
      addRoute({
        destination: { address: v4("10.99.0.0"), prefixLength: 16 },
        gateway: v4("10.77.0.2"),
        index: 10,
        onlink: true,
        source: v4("10.88.0.1"),
      }),
    ],
  },
  {
    command: "ip route add 10.99.0.0/16 dev br0 table 1000",
    ours: [addRoute({ destination: { address: v4("10.99.0.0"), prefixLength: 16 }, index: 10, table: 1000 })],
  },
  {
    command: "ip route add blackhole 10.99.0.0/16",
    ours: [addRoute({ destination: { address: v4("10.99.0.0"), prefixLength: 16 }, type: "blackhole" })],
  },
  {
    command: "ip -6 route add default via fe80::1 dev br0",
    ours: [addRoute({ destination: { address: v6("", ""), prefixLength: 0 }, gateway: v6("fe80", "1"), index: 10 })],
  },
  {
    command: "ip -6 route add fd02::/64 dev br0 metric 512",
    ours: [addRoute({ destination: { address: v6("fd02", ""), prefixLength: 64 }, index: 10, metric: 512 })],
  },
  {
    command: "ip -6 route add local ::1 dev br0 table local metric 2048",
    ours: [addRoute({ destination: { address: v6("", "1"), prefixLength: 128 }, type: "local", index: 10, metric: 2048 })],
  },
  {
    command: "ip route del 10.99.0.0/16 dev br0",
    ours: [removeRoute({ destination: { address: v4("10.99.0.0"), prefixLength: 16 }, index: 10 })],
  },
  {
    command: `ip neighbour replace 10.88.0.9 lladdr ${MAC} dev br0 nud permanent`,
    ours: [addNeighbour(10, { address: v4("10.88.0.9"), mac: MAC })],
  },
  {
    command: `ip neighbour replace fd01::9 lladdr ${MAC} dev br0 nud permanent`,
    ours: [addNeighbour(10, { address: v6("fd01", "9"), mac: MAC })],
  },
  { command: "ip neighbour del 10.88.0.9 dev br0", ours: [removeNeighbour(10, v4("10.88.0.9"))] },
  { command: "ip neighbour add proxy fd01::9 dev br0", ours: [addProxy(10, v6("fd01", "9"))] },
  { command: "ip neighbour del proxy fd01::9 dev br0", ours: [removeProxy(10, v6("fd01", "9"))] },
  {
    command: `bridge fdb append ${NONE} dev vx dst 10.0.0.2`,
    ours: [addForwarding(30, { mac: NONE, host: v4("10.0.0.2"), append: true })],
  },
  {
    command: `bridge fdb replace ${MAC} dev vx dst 10.0.0.2 port 4790 vni 6`,
    ours: [addForwarding(30, { mac: MAC, host: v4("10.0.0.2"), port: 4790, vni: 6 })],
  },
  { command: `bridge fdb replace ${MAC} dev a0 master`, ours: [addForwarding(20, { mac: MAC, master: true })] },
  { command: `bridge fdb del ${NONE} dev vx dst 10.0.0.2`, ours: [removeForwarding(30, { mac: NONE, host: v4("10.0.0.2") })] },
  {
    command: "ip rule add from 10.0.0.0/8 lookup 100 priority 1000",
    ours: [addRoutingRule({ family: 4, from: { address: v4("10.0.0.0"), prefixLength: 8 }, table: 100, priority: 1000 })],
  },
  {
    command: "ip -6 rule add iif a0 fwmark 7/0xff lookup 1000 priority 1001",
    ours: [addRoutingRule({ family: 6, input: "a0", mark: 7, markMask: 0xff, table: 1000, priority: 1001 })],
  },
  {
    command: "ip rule del to 10.0.0.0/8 lookup 100",
    ours: [removeRoutingRule({ family: 4, to: { address: v4("10.0.0.0"), prefixLength: 8 }, table: 100 })],
  },
  {
    command: "tc qdisc replace dev a0 root tbf rate 8mbit burst 32kb limit 82768",
    ours: [tbf(20, { rate: 1_000_000, burst: 32_768, limit: 82_768 })],
  },
  { command: "tc qdisc add dev a0 ingress", ours: [ingressQdisc(20)] },
  { command: "tc qdisc del dev a0 root", ours: [removeQdisc(20, "root")] },
  { command: "tc qdisc del dev a0 ingress", ours: [removeQdisc(20, "ingress")] },
  {
    command: "tc filter add dev a0 ingress protocol ipv6 prio 7 u32 match ip6 dst fd74::1/128 action mirred egress redirect dev a1",
    ours: [u32Redirect(20, { destination: { address: v6("fd74", "1"), prefixLength: 128 }, to: 21, priority: 7 })],
  },
  {
    command: "tc filter add dev a0 ingress protocol all u32 match u32 0 0 action mirred egress redirect dev a1",
    ours: [u32Redirect(20, { to: 21 })],
  },
];
