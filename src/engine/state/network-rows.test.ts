// Rows of networks, endpoints and ports, in the schema that they live in.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import type { StateDatabase } from "../../base/database.ts";
import { exampleDocument } from "../../containers/document/example.fixture.ts";
import { insertContainer } from "../../containers/state/rows.ts";
import { type IpAddress, parsePrefix } from "../../network/address/address.ts";
import { exampleNetwork } from "../../network/model/example.fixture.ts";
import type { Network } from "../../network/model/network.ts";
import type { PortRequest } from "../../network/model/port.ts";
import { countQuery } from "../../network/state/choose-address.ts";
import { type Claim, claimEndpoints } from "../../network/state/claim-endpoints.ts";
import { dropEndpoints, endpointsIn, endpointsOf, namesOf } from "../../network/state/endpoints.ts";
import { claimPorts, dropPort, dropPorts, type PortRules, portsOf } from "../../network/state/ports.ts";
import {
  allNetworks,
  deleteNetworkRow,
  insertNetwork,
  networkById,
  networkByName,
  networkOverlapping,
  networksBeginning,
  takenSpans,
} from "../../network/state/rows.ts";
import { findNetwork } from "../networks/objects/find.ts";
import { stateDatabase } from "./state.ts";

const [A, B] = ["a".repeat(64), `b${"c".repeat(63)}`];
const id = (number: number) => number.toString(16).padStart(64, "0");

let directory = "";
let state: StateDatabase;
beforeEach(() => {
  directory = mkdtempSync("/tmp/teu-test-networks-");
  state = stateDatabase(directory);
  state.write((db) => {
    for (const [name, container] of Object.entries({ one: A, two: B }))
      insertContainer(db, { name, document: exampleDocument({ id: container }) });
  });
});
afterEach(() => {
  state.close();
  rmSync(directory, { recursive: true, force: true });
});

const insert = (...networks: Network[]) =>
  state.write((db) => {
    for (const network of networks) insertNetwork(db, network);
  });
const claim = (container: string, ...claims: (Partial<Claim> & { network: Network })[]) =>
  state.write((db) =>
    claimEndpoints(
      db,
      container,
      claims.map((one) => ({ names: [], ...one })),
    ),
  );
const address = (text: string) => text as IpAddress;
const subnet = (prefix: string, more: object = {}) => ({ prefix: parsePrefix(prefix, ""), reserved: {}, ...more });

describe("networks", () => {
  test("are found by id, name and beginning, and go with what they have of the addresses", () => {
    const network = exampleNetwork();
    insert(network);
    expect(networkById(state.rows, network.id)).toEqual(network);
    expect(networkByName(state.rows, "front")).toEqual(network);
    expect(networksBeginning(state.rows, "fedc")).toEqual([network]);
    expect(allNetworks(state.rows)).toEqual([network]);
    expect(takenSpans(state.rows, 4)).toEqual([{ first: 0x0a590000n, last: 0x0a5900ffn }]);
    expect(state.write((db) => deleteNetworkRow(db, network.id))).toBe(true);
    expect(state.write((db) => deleteNetworkRow(db, network.id))).toBe(false);
    expect(takenSpans(state.rows, 6)).toEqual([]);
  });

  test("are meant by their names before their ids, and by no beginning that two ids have", () => {
    const ids = ["ab".padEnd(64, "0"), "ac".padEnd(64, "0"), "ad".padEnd(64, "0")] as const;
    insert(
      ...ids.map((id, index) => exampleNetwork({ id, name: ["one", "ab", "two"][index] ?? "", interface: `teu${index}`, subnets: [] })),
    );
    const engine = { state };
    const found = ["one", "ab", "ad", ids[0]].map((text) => findNetwork(engine, text).id);
    expect(found).toEqual([ids[0], ids[1], ids[2], ids[0]]);
    expect(() => findNetwork(engine, "a")).toThrow("network a is ambiguous");
    expect(() => findNetwork(engine, "b")).toThrow("network b not found");
  });

  const other = (change: Partial<Network>) => exampleNetwork({ id: id(1), name: "back", interface: "teu1", subnets: [], ...change });
  for (const { change, message } of [
    { change: { name: "front" }, message: `network with name front already exists: ${exampleNetwork().id}` },
    { change: { interface: "teufedcba98765" }, message: "the interface teufedcba98765 is that of network front" },
    { change: { subnets: [subnet("10.89.0.0/24")] }, message: "subnet 10.89.0.0/24 overlaps 10.89.0.0/24 of network front" },
    { change: { subnets: [subnet("10.0.0.0/8")] }, message: "subnet 10.0.0.0/8 overlaps 10.89.0.0/24 of network front" },
    { change: { subnets: [subnet("10.89.0.128/25")] }, message: "subnet 10.89.0.128/25 overlaps" },
    { change: { subnets: [subnet("fd00:1:2::/48")] }, message: "subnet fd00:1:2::/48 overlaps fd00:1:2:3::/64 of network front" },
    { change: { subnets: [subnet("10.1.0.0/24"), subnet("10.1.0.0/25")] }, message: "overlaps 10.1.0.0/24 of network back" },
  ])
    test(`${JSON.stringify(change)} is refused, and leaves nothing`, () => {
      insert(exampleNetwork());
      expect(() => insert(other(change))).toThrow(message);
      expect(allNetworks(state.rows)).toHaveLength(1);
      expect(takenSpans(state.rows, 4)).toHaveLength(1);
    });

  test("beside one another there is room, and a parent is several networks'", () => {
    insert(exampleNetwork({ driver: "macvlan", interface: "eth0" }));
    insert(other({ driver: "macvlan", interface: "eth0", subnets: [subnet("10.89.1.0/24"), subnet("10.88.255.0/24")] }));
    expect(networkOverlapping(state.rows, "10.89.2.0/24")).toBeUndefined();
    expect(networkOverlapping(state.rows, "10.89.1.7/32")).toEqual({ name: "back", prefix: "10.89.1.0/24" });
  });
});

describe("endpoints", () => {
  test("get the first free addresses, a MAC address of them, interfaces in order, and their names", () => {
    const [front, back] = [exampleNetwork(), exampleNetwork({ id: id(2), name: "back", interface: "x", subnets: [subnet("10.1.0.0/24")] })];
    insert(front, back);
    const [first, second] = claim(A, { network: front, names: ["One", "one", "ALIAS"] }, { network: back });
    expect(first).toMatchObject({ ordinal: 0, interface: "eth0", ipv4: "10.89.0.2", ipv6: "fd00:1:2:3::2", mac: "02:42:0a:59:00:02" });
    expect(first?.hostInterface).toBe(`veth${first?.id.slice(0, 11)}`);
    expect(second).toMatchObject({ ordinal: 1, interface: "eth1", ipv4: "10.1.0.1" });
    expect(second).not.toHaveProperty("ipv6");
    expect(endpointsOf(state.rows, A)).toEqual([first, second].filter((one) => one !== undefined));
    expect(namesOf(state.rows, { container: A, network: front.id })).toEqual(["alias", "one"]);
    expect(claim(B, { network: front })[0]).toMatchObject({ ipv4: "10.89.0.3", ordinal: 0 });
    expect(endpointsIn(state.rows, front.id).map(({ name, ipv4 }) => `${name} ${ipv4}`)).toEqual(["one 10.89.0.2", "two 10.89.0.3"]);
    expect(state.write((db) => dropEndpoints(db, A, front.id))).toHaveLength(1);
    expect(claim(A, { network: front })[0]).toMatchObject({ ipv4: "10.89.0.2", ordinal: 0, interface: "eth0" });
    expect(state.write((db) => dropEndpoints(db, A))).toHaveLength(2);
    expect(namesOf(state.rows, { container: A, network: front.id })).toEqual([]);
  });

  test("of macvlan have no end on the host, those of CNI no addresses, and names only where there are names", () => {
    const network = exampleNetwork({ driver: "macvlan", subnets: [], names: false, interfacePrefix: "net" });
    insert(network);
    const [endpoint] = claim(A, { network, names: ["one"] });
    expect(endpoint).toMatchObject({ interface: "net0", mac: expect.stringMatching(/^02:42(:[0-9a-f]{2}){4}$/) });
    for (const key of ["hostInterface", "ipv4", "ipv6"]) expect(endpoint).not.toHaveProperty(key);
    expect(namesOf(state.rows, { container: A, network: network.id })).toEqual([]);
  });

  const small = exampleNetwork({
    subnets: [subnet("10.0.0.0/24", { range: parsePrefix("10.0.0.8/29", ""), gateway: "10.0.0.1", reserved: { router: "10.0.0.9" } })],
  });
  for (const { asked, message } of [
    { asked: "10.0.1.1", message: "network front: no configured subnet contains IP address 10.0.1.1; it has 10.0.0.0/24" },
    { asked: "10.0.0.1", message: "address 10.0.0.1 is already in use: it is the gateway" },
    { asked: "10.0.0.9", message: "address 10.0.0.9 is already in use: it is reserved for router" },
    { asked: "10.0.0.0", message: "it is the network's own or its broadcast address" },
    { asked: "10.0.0.255", message: "it is the network's own or its broadcast address" },
    { asked: "10.0.0.77", message: "address 10.0.0.77 is already in use: container two has it" },
  ])
    test(`${asked} is refused, and leaves nothing`, () => {
      insert(small);
      claim(B, { network: small, ipv4: address("10.0.0.77") });
      expect(() => claim(A, { network: small, ipv4: address(asked) })).toThrow(message);
      expect(endpointsOf(state.rows, A)).toEqual([]);
    });

  test("take addresses of the range without those that are reserved, and say so when none is left", () => {
    insert(small);
    const containers = Array.from({ length: 8 }, (_, index) => id(index + 100));
    state.write((db) => {
      for (const container of containers) insertContainer(db, { name: `c${container}`, document: exampleDocument({ id: container }) });
    });
    const given = containers.slice(0, 7).map((container) => claim(container, { network: small })[0]?.ipv4);
    expect(given as (string | undefined)[]).toEqual([8, 10, 11, 12, 13, 14, 15].map((last) => `10.0.0.${last}`));
    expect(() => claim(containers[7] ?? "", { network: small })).toThrow(
      "network front has no free IPv4 address: all of 10.0.0.8/29 are taken",
    );
    state.write((db) => dropEndpoints(db, containers[3] ?? ""));
    expect(claim(containers[7] ?? "", { network: small })[0]?.ipv4 as string | undefined).toBe("10.0.0.12");
  });

  test("are one a network, with interfaces of different names", () => {
    const [front, back] = [exampleNetwork(), exampleNetwork({ id: id(2), name: "back", interface: "x", subnets: [] })];
    insert(front, back);
    claim(A, { network: front, interface: "lan0" });
    expect(() => claim(A, { network: front })).toThrow(`container ${A} is already connected to network front`);
    expect(() => claim(A, { network: back, interface: "lan0" })).toThrow("connect to network back: the container has an interface lan0");
    expect(() => state.write((db) => deleteNetworkRow(db, front.id))).toThrow("FOREIGN KEY");
  });
});

describe("a thousand networks and ten thousand endpoints", () => {
  /** What SQLite says it does, without what is looked up by a key. */
  const plan = (query: string, ...values: (string | number)[]) =>
    state.rows
      .query<{ detail: string }, (string | number)[]>(`EXPLAIN QUERY PLAN ${query}`)
      .all(...values)
      .map(({ detail }) => detail);

  test("are looked up by index", () => {
    for (const family of [4, 6] as const)
      expect(plan(countQuery(family), "", "", "")).toEqual([
        `SEARCH endpoints USING COVERING INDEX endpoints_ipv${family} (network=? AND ipv${family}>? AND ipv${family}<?)`,
      ]);
    for (const query of [
      "SELECT last, network FROM subnets WHERE family = ? AND first <= ? ORDER BY first DESC LIMIT 1",
      "SELECT 1 FROM endpoints WHERE network = ? LIMIT 1",
      "SELECT * FROM endpoints WHERE container = ? ORDER BY ordinal",
      "SELECT container FROM endpoint_names WHERE network = ? AND name = ?",
      "DELETE FROM endpoints WHERE container = ? RETURNING *",
      "DELETE FROM ports WHERE container = ? RETURNING *",
    ]) {
      const details = plan(query, ...Array.from({ length: query.split("?").length - 1 }, () => ""));
      expect(details.filter((detail) => detail.startsWith("SCAN"))).toEqual([]);
    }
  });

  test("leave room for the next, which finds its place", () => {
    const count = { networks: 1000, each: 10 };
    state.write((db) => {
      for (let number = 0; number < count.networks; number++) {
        const prefix = `10.${88 + (number >> 8)}.${number & 255}.0/24`;
        const gateway = prefix.replace("0/24", "1");
        const network = exampleNetwork({
          id: id(number),
          name: `n${number}`,
          interface: `t${number}`,
          subnets: [subnet(prefix, { gateway })],
        });
        insertNetwork(db, network);
        for (let member = 0; member < count.each; member++) {
          const container = id(number * count.each + member + 100_000);
          insertContainer(db, { name: `c${number}.${member}`, document: exampleDocument({ id: container }) });
          claimEndpoints(db, container, [{ network, names: [`c${member}`] }]);
        }
      }
    });
    const last = networkByName(state.rows, "n999");
    if (last === undefined) throw new Error("no network n999");
    expect(claim(A, { network: last })[0]?.ipv4 as string | undefined).toBe("10.91.231.12");
    expect(takenSpans(state.rows, 4)).toHaveLength(count.networks);
  });
});

describe("ports", () => {
  const rules: PortRules = { families: [4, 6], range: { first: 40_000, last: 40_001 }, isFree: () => true };
  const take = (container: string, request: Partial<PortRequest>, change: Partial<PortRules> = {}) =>
    state
      .write((db) => claimPorts(db, container, [{ target: 80, protocol: "tcp", ...request }], { ...rules, ...change }))
      .map(({ address: at, port }) => `${at} ${port}`);

  test("without an address are those of every family, and the same twice is one", () => {
    expect(take(A, { port: 8080 })).toEqual(["0.0.0.0 8080", ":: 8080"]);
    expect(take(A, { port: 8080 })).toEqual([]);
    expect(take(A, { port: 8080, protocol: "udp" }, { families: [4] })).toEqual(["0.0.0.0 8080"]);
    expect(portsOf(state.rows, A).map(({ protocol, address: at }) => `${protocol} ${at}`)).toEqual([
      "tcp 0.0.0.0",
      "tcp ::",
      "udp 0.0.0.0",
    ]);
  });

  for (const { first, second, message } of [
    { first: {}, second: {}, message: "Bind for 0.0.0.0:80 failed: port is already allocated by container one (tcp)" },
    { first: {}, second: { address: address("127.0.0.1") }, message: "Bind for 127.0.0.1:80 failed" },
    { first: { address: address("127.0.0.1") }, second: {}, message: "Bind for 0.0.0.0:80 failed" },
    { first: { address: address("::1") }, second: {}, message: "Bind for [::]:80 failed" },
    { first: { address: address("::1") }, second: { address: address("::1") }, message: "Bind for [::1]:80 failed" },
  ])
    test(`${JSON.stringify(second)} is refused beside ${JSON.stringify(first)}`, () => {
      take(A, { port: 80, ...first });
      expect(() => take(B, { port: 80, ...second })).toThrow(message);
      expect(portsOf(state.rows, B)).toEqual([]);
    });

  test("of different addresses, families and protocols are different", () => {
    take(A, { port: 80, address: address("127.0.0.1") });
    for (const request of [{ address: address("127.0.0.2") }, { address: address("::1") }, { protocol: "udp" }, { port: 81 }] as const)
      expect(take(B, { port: 80, address: address("127.0.0.1"), ...request })).toHaveLength(1);
  });

  test("one container does not have one for two of its own", () => {
    take(A, { port: 80 });
    expect(() => take(A, { port: 80, target: 81 })).toThrow("port is already allocated by another port of this container");
  });

  test("that nobody names are free ones, the same in all families, until there is none", () => {
    const [four, six] = take(A, {}, { families: [4, 6] });
    expect(four?.split(" ")[1]).toBe(six?.split(" ")[1] ?? "");
    expect(take(B, {})).toHaveLength(2);
    expect(() => take(B, { target: 81 })).toThrow("publish port 81/tcp: no port from 40000 to 40001 is free");
  });

  test("of a range are the first that neither a container nor the host has", () => {
    take(A, { port: 9000 });
    const isFree: PortRules["isFree"] = ({ port }) => port !== 9001;
    expect(take(B, { port: { first: 9000, last: 9005 } }, { isFree })).toEqual(["0.0.0.0 9002", ":: 9002"]);
  });

  test("are given back", () => {
    take(A, { port: 80 });
    expect(state.write((db) => dropPort(db, { container: A, protocol: "tcp", port: 80, address: address("::") }))).toBe(true);
    expect(state.write((db) => dropPort(db, { container: B, protocol: "tcp", port: 80, address: address("0.0.0.0") }))).toBe(false);
    expect(state.write((db) => dropPorts(db, A))).toHaveLength(1);
    expect(take(B, { port: 80 })).toHaveLength(2);
  });
});
