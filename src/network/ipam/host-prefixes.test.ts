import { describe, expect, test } from "bun:test";
import { addressBytes, parsePrefix, splitPrefix } from "../address/address.ts";
import { hostPrefixes, inTheWay } from "./host-prefixes.ts";

const bytes = (text: string) => addressBytes(text) ?? new Uint8Array();
const LINKS = [
  { index: 1, name: "lo" },
  { index: 2, name: "eth0" },
  { index: 3, name: "tun0" },
];

const address = (index: number, text: string) => ({ index, address: splitPrefix(text).bytes, prefixLength: splitPrefix(text).length });
const route = (text: string, { via, index, type }: { via?: string; index?: number; type?: string } = {}) => ({
  destination: { address: splitPrefix(text).bytes, prefixLength: splitPrefix(text).length },
  ...(via === undefined ? {} : { gateway: bytes(via) }),
  ...(index === undefined ? {} : { index }),
  ...(type === undefined ? {} : { type }),
});

const HOST = hostPrefixes({
  links: LINKS,
  addresses: [address(1, "127.0.0.1/8"), address(2, "10.1.0.1/24"), address(2, "fe80::1/64"), address(2, "fd01::1/64")],
  routes: [
    ...[route("0.0.0.0/0", { via: "10.1.0.2", index: 2 }), route("0.0.0.0/1", { index: 3 }), route("128.0.0.0/1", { index: 3 })],
    ...[
      route("10.1.0.0/24", { index: 2 }),
      route("10.0.0.0/8", { via: "10.1.0.9", index: 3 }),
      route("172.20.5.0/24", { via: "10.1.0.9" }),
    ],
    ...[route("10.1.0.255/32", { index: 2, type: "broadcast" }), route("127.0.0.0/8", { index: 1, type: "local" })],
    ...[route("192.168.200.0/24", { type: "blackhole" }), route("172.21.0.0/24", { index: 9 })],
    ...[
      route("fe80::/64", { index: 2 }),
      route("ff00::/8", { index: 2 }),
      route("2000::/3", { index: 3 }),
      route("fd01::/64", { index: 2 }),
    ],
  ],
});

test("the host's prefixes are told by what they are of; what every host has, and ways out, are none", () => {
  expect(HOST.map(({ prefix, what, near }) => `${prefix} ${what}${near ? ", near" : ""}`)).toEqual([
    "10.1.0.0/24 address 10.1.0.1/24 of eth0, near",
    "fd01::/64 address fd01::1/64 of eth0, near",
    "10.1.0.0/24 route 10.1.0.0/24 by eth0, near",
    "10.0.0.0/8 route 10.0.0.0/8 via 10.1.0.9 by tun0",
    "172.20.5.0/24 route 172.20.5.0/24 via 10.1.0.9",
    "192.168.200.0/24 route 192.168.200.0/24 blackhole, near",
    "172.21.0.0/24 route 172.21.0.0/24 by interface 9, near",
    "fd01::/64 route fd01::/64 by eth0, near",
  ]);
});

describe("what stands in the way of a subnet that was chosen", () => {
  for (const [subnet, want] of [
    ["10.1.0.0/24", "address 10.1.0.1/24 of eth0"],
    ["10.1.0.128/25", "address 10.1.0.1/24 of eth0"],
    ["10.1.0.0/16", "address 10.1.0.1/24 of eth0"],
    ["10.5.0.0/24", undefined],
    ["10.0.0.0/8", "address 10.1.0.1/24 of eth0"],
    ["172.20.5.0/24", "route 172.20.5.0/24 via 10.1.0.9"],
    ["172.20.0.0/16", "route 172.20.5.0/24 via 10.1.0.9"],
    ["172.20.5.0/25", undefined],
    ["192.168.200.128/25", "route 192.168.200.0/24 blackhole"],
    ["fd01::/80", "address fd01::1/64 of eth0"],
    ["fd02::/64", undefined],
  ] as const)
    test(`${subnet}: ${want ?? "nothing"}`, () => expect(inTheWay(parsePrefix(subnet, ""), HOST)?.what).toBe(want));
});
