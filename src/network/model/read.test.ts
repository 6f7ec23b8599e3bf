import { describe, expect, test } from "bun:test";
import { exampleNetwork, EXAMPLE_NETWORK_ID as ID } from "./example.fixture.ts";
import { parseNetworkName } from "./name.ts";
import { DEFAULT_NETWORK, RESERVED_NAMES } from "./network.ts";
import { readNetwork } from "./read.ts";

test("a network is read as it was written", () => {
  const network = exampleNetwork({ mtu: 1400, settings: { kind: "macvlan", mode: "bridge" }, driver: "macvlan", labels: { a: "b" } });
  expect(readNetwork(JSON.stringify(network), ID)).toEqual(network);
});

describe("what is not whole is refused, by its place", () => {
  for (const [change, flaw] of [
    [{ version: undefined }, "version"],
    [{ id: "../x" }, "id"],
    [{ name: "" }, "name"],
    [{ driver: "overlay" }, "driver"],
    [{ subnets: {} }, "subnets"],
    [{ subnets: [{ prefix: "10.0.0.0" }] }, "subnets[0].prefix"],
    [{ subnets: [{ prefix: "10.0.0.0/24" }] }, "subnets[0].reserved"],
    [{ subnets: [{ prefix: "10.0.0.999/24", reserved: {} }] }, "subnets[0]"],
    [{ subnets: [{ prefix: "10.0.0.0/24", gateway: "x", reserved: {} }] }, "subnets[0]"],
    [{ subnets: [{ prefix: "10.0.0.0/24", reserved: { a: "x" } }] }, "subnets[0]"],
    [{ internal: 1 }, "internal"],
    [{ publish: "all" }, "publish"],
    [{ labels: [] }, "labels"],
    [{ settings: { kind: "vxlan", vni: 1 } }, "port"],
    [{ settings: { kind: "toString" } }, "kind"],
  ] as const)
    test(JSON.stringify(change), () =>
      expect(() => readNetwork(JSON.stringify({ ...exampleNetwork(), ...change }), ID)).toThrow(
        `read network ${ID}: it is damaged: its field ${flaw} is missing`,
      ),
    );

  test("no JSON, another's, and one of the future", () => {
    expect(() => readNetwork("{", ID)).toThrow("it is no JSON");
    expect(() => readNetwork("null", ID)).toThrow("field version");
    expect(() => readNetwork(JSON.stringify(exampleNetwork()), "a".repeat(64))).toThrow("it is that of another network");
    expect(() => readNetwork(JSON.stringify({ ...exampleNetwork(), version: 2 }), ID)).toThrow("written by another version");
  });
});

test("names", () => {
  for (const name of ["a", "front", "my.net-1_x", "bridges", "0", "a".repeat(200)]) expect(parseNetworkName(name)).toBe(name);
  for (const name of ["", "-a", ".a", "a b", "a/b", "a:b", "ä", "a".repeat(201), "ab".repeat(32)])
    expect(() => parseNetworkName(name)).toThrow("invalid network name");
  for (const name of [DEFAULT_NETWORK, ...RESERVED_NAMES])
    expect(() => parseNetworkName(name)).toThrow(`operation is not permitted on predefined ${name} network`);
});
