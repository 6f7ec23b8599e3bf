// Our messages beside those of ip(8), bridge(8) and tc(8) for the same wish, field by field. Each difference that may be has a row in
// the table, which says why; one that has none fails, and so does a row that nothing needs any more.
import { expect } from "bun:test";
import { requires } from "../support/requires.ts";
import { Allowance } from "./allowed.ts";
import { captured } from "./capture.ts";
import type { Seen } from "./fields.ts";
import { ROUTE_CASES } from "./route-cases.ts";

const { test } = requires("root", "ip", "strace");

const allowance = new Allowance([
  { test: /type ipvlan/, path: /^\/18\/2\/2$/, why: "IFLA_IPVLAN_FLAGS without a flag is what the kernel takes for granted" },
  { test: /type vxlan .*local fd01/, path: /^\/18\/2\/7$/, why: "IFLA_VXLAN_LEARNING is on unless it is turned off" },
  {
    test: /type bridge_slave/,
    path: /^\/18\/1$/,
    why: "IFLA_INFO_KIND is no kind of link here: the master says whose options they are",
  },
  { test: /-6 route add default/, path: /^\/1$/, why: "RTA_DST of length 0 says nothing" },
  { test: /route del/, path: /^header\[4\]$/, why: "ours removes no route of another type than unicast; ip leaves the type open" },
  { test: / tbf /, path: /^\/2\/2$/, why: "TCA_TBF_RTAB is a table for kernels that did not count by themselves" },
  { test: / tbf /, path: /^\/2\/1$/, why: "the cells of that table, and the burst as time, for which TCA_TBF_BURST stands" },
]);

const SETUP = [
  "ip link add name br0 index 10 type bridge",
  "ip link set br0 up",
  "ip link add name a0 index 20 type veth peer name a1 index 21",
  "ip link add name vx index 30 type vxlan id 5 dstport 8472",
];

/** RTM_GET…, whose numbers are two above a multiple of four; and the empty RTM_NEWLINK by which ip asks what the kernel knows. */
const asks = ({ type, body }: Seen) => type % 4 === 2 || (type === 16 && body.every((byte) => byte === 0));

for (const { command, ours } of ROUTE_CASES) {
  test(command, async () => {
    const theirs = await captured(command, { setup: SETUP, asks });
    expect(ours).toHaveLength(theirs.length);
    expect(allowance.refused(command, ours, theirs)).toEqual([]);
  });
}

test("every difference that is allowed is there", () => expect(allowance.unneeded()).toEqual([]));
