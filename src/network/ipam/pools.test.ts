import { describe, expect, test } from "bun:test";
import { familyOf, type Prefix, parsePrefix, splitPrefix } from "../address/address.ts";
import { firstHost, freePrefix, IPV4_POOLS, type Pool, randomUla, ulaPool } from "./pools.ts";
import { choiceOf, digitsOf, hostsOf, reservedIn, spanOf } from "./span.ts";

const TWO: readonly Pool[] = [
  { prefix: parsePrefix("10.88.0.0/22", ""), size: 24 },
  { prefix: parsePrefix("172.20.0.0/24", ""), size: 24 },
];

describe("the first free piece of the pools", () => {
  for (const { taken, want, pools = TWO } of [
    { taken: [], want: "10.88.0.0/24" },
    { taken: ["10.88.0.0/24"], want: "10.88.1.0/24" },
    { taken: ["10.88.1.0/24"], want: "10.88.0.0/24" },
    { taken: ["10.88.0.128/25"], want: "10.88.1.0/24" },
    { taken: ["10.88.0.5/32"], want: "10.88.1.0/24" },
    { taken: ["10.88.0.255/32", "10.88.1.0/32"], want: "10.88.2.0/24" },
    { taken: ["10.88.0.0/23"], want: "10.88.2.0/24" },
    { taken: ["10.88.2.0/23", "10.88.0.0/24", "10.88.0.0/32"], want: "10.88.1.0/24" },
    { taken: ["10.88.0.0/16", "10.88.1.0/24"], want: "172.20.0.0/24" },
    { taken: ["10.0.0.0/8"], want: "172.20.0.0/24" },
    { taken: ["10.0.0.0/8", "172.16.0.0/12"], want: undefined },
    { taken: ["0.0.0.0/0"], want: undefined },
    { taken: ["192.168.0.0/16", "11.0.0.0/8"], want: "10.88.0.0/24" },
    { taken: ["fd00::/64"], want: "fd00:0:0:1::/64", pools: [ulaPool("fd0000000000")] },
    { taken: ["fd00::/48"], want: undefined, pools: [ulaPool("fd0000000000")] },
    { taken: ["10.0.0.0/30", "10.0.0.8/29"], want: "10.0.0.4/30", pools: [{ prefix: parsePrefix("10.0.0.0/28", ""), size: 30 }] },
  ])
    test(`beside ${taken.join(", ") || "nothing"}: ${want}`, () => {
      const family = familyOf(pools[0]?.prefix ?? "");
      expect(freePrefix(pools, family, taken.map(spanOf)) as string | undefined).toBe(want);
    });

  test("each network gets its own until there is none, in the order of the pools", () => {
    const taken: string[] = [];
    for (let found = freePrefix(TWO, 4, []); found !== undefined; found = freePrefix(TWO, 4, taken.map(spanOf))) taken.push(found);
    expect(taken).toEqual(["10.88.0.0/24", "10.88.1.0/24", "10.88.2.0/24", "10.88.3.0/24", "172.20.0.0/24"]);
  });

  test("there are more than three thousand", () => {
    const sizes = IPV4_POOLS.map(({ prefix, size }) => 2 ** (size - splitPrefix(prefix).length));
    expect(sizes).toEqual([2048, 1024, 128]);
    expect(freePrefix(IPV4_POOLS, 4, [spanOf("10.88.0.0/13")]) as string | undefined).toBe("172.20.0.0/24");
  });
});

test("an engine's own prefix is unique local, and random", () => {
  const [one, other] = [randomUla(), randomUla()];
  expect(one).toMatch(/^fd[0-9a-f]{10}$/);
  expect(one).not.toBe(other);
  expect(ulaPool("fd0123456789")).toEqual({ prefix: "fd01:2345:6789::/48" as Prefix, size: 64 });
});

describe("what of a subnet is for hosts", () => {
  for (const [prefix, first, last] of [
    ["10.0.0.0/24", "0a000001", "0a0000fe"],
    ["10.0.0.0/30", "0a000001", "0a000002"],
    ["10.0.0.0/31", "0a000000", "0a000001"],
    ["10.0.0.7/32", "0a000007", "0a000007"],
    ["fd00::/64", "fd000000000000000000000000000001", "fd00000000000000ffffffffffffffff"],
    ["fd00::/127", "fd000000000000000000000000000000", "fd000000000000000000000000000001"],
  ] as const)
    test(prefix, () => {
      const hosts = hostsOf(prefix);
      expect([digitsOf(hosts.first, familyOf(prefix)), digitsOf(hosts.last, familyOf(prefix))]).toEqual([first, last]);
    });

  for (const [prefix, range, first, last] of [
    ["10.0.0.0/24", "10.0.0.128/25", "0a000080", "0a0000fe"],
    ["10.0.0.0/24", "10.0.0.0/25", "0a000001", "0a00007f"],
    ["10.0.0.0/24", "10.0.0.64/26", "0a000040", "0a00007f"],
  ] as const)
    test(`${range} of ${prefix}`, () => {
      const choice = choiceOf({ prefix: parsePrefix(prefix, ""), range: parsePrefix(range, "") });
      expect([digitsOf(choice.first, 4), digitsOf(choice.last, 4)]).toEqual([first, last]);
    });

  test("the gateway is the first", () => {
    expect(firstHost(parsePrefix("10.0.0.0/24", "")) as string).toBe("10.0.0.1");
    expect(firstHost(parsePrefix("fd00::/64", "")) as string).toBe("fd00::1");
  });

  test("the gateway and what was reserved are nobody's, each once", () => {
    const gateway = firstHost(parsePrefix("10.0.0.0/24", ""));
    expect(reservedIn({ gateway, reserved: { a: gateway } })).toEqual([0x0a000001n]);
    expect(reservedIn({ reserved: {} })).toEqual([]);
  });
});
