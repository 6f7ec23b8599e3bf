// What a container sees of names, by the rows: its own networks' and nobody else's; and that no question walks a table.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StateDatabase } from "../../../src/base/database.ts";
import { stateDatabase } from "../../../src/engine/state/state.ts";
import type { IpAddress } from "../../../src/network/address/address.ts";
import { decide } from "../../../src/network/dns/decide.ts";
import { hasServedNetworks, servedNetworks } from "../../../src/network/dns/served.ts";
import { viewFrom } from "../../../src/network/dns/view.ts";
import { type Query, RCODE, TYPE } from "../../../src/network/dns/wire.ts";
import { dropEndpoints, idOf, putContainer, putNetwork } from "./rows.ts";

const root = mkdtempSync(join(tmpdir(), "teu-dns-names-"));
let state: StateDatabase;

beforeAll(() => {
  state = stateDatabase(root);
  putNetwork(state, { name: "bridge", names: false, subnets: [{ prefix: "10.88.0.0/24", gateway: "10.88.0.1" }] });
  putNetwork(state, {
    name: "Front",
    subnets: [
      { prefix: "10.89.0.0/24", gateway: "10.89.0.1" },
      { prefix: "fd00:1::/64", gateway: "fd00:1::1" },
    ],
  });
  putNetwork(state, { name: "back", internal: true, subnets: [{ prefix: "10.90.0.0/24", gateway: "10.90.0.1" }] });
  putNetwork(state, { name: "lan", driver: "macvlan", subnets: [{ prefix: "10.91.0.0/24", gateway: "10.91.0.1" }] });
  putNetwork(state, { name: "empty", subnets: [{ prefix: "10.92.0.0/24", gateway: "10.92.0.1" }] });
  const service = (name: string) => [name, "www", "a.b.example"];
  putContainer(state, "web1", [{ network: "Front", addresses: ["10.89.0.2", "fd00:1::2"], names: service("web1") }]);
  putContainer(state, "web2", [{ network: "Front", addresses: ["10.89.0.3", "fd00:1::3"], names: service("web2") }]);
  putContainer(state, "db", [{ network: "back", addresses: ["10.90.0.2"] }]);
  putContainer(
    state,
    "App",
    [
      { network: "Front", addresses: ["10.89.0.4", "fd00:1::4"], links: [{ container: "web1", alias: "Old" }] },
      { network: "back", addresses: ["10.90.0.4"] },
      { network: "bridge", addresses: ["10.88.0.4"], names: [] },
    ],
    { dns: ["9.9.9.9"] },
  );
  putContainer(state, "sealed", [{ network: "back", addresses: ["10.90.0.5"] }]);
  putContainer(state, "other", [{ network: "lan", addresses: ["10.91.0.2"] }]);
});

afterAll(() => {
  state.close();
  rmSync(root, { recursive: true });
});

/** Who asks: the network of the address that is asked, and the asker's own there. */
const APP = { network: "Front", source: "10.89.0.4" };
const APP6 = { network: "Front", source: "fd00:1::4" };
const WEB = { network: "Front", source: "10.89.0.2" };
const SEALED = { network: "back", source: "10.90.0.5" };

function said(who: { network: string; source: string }, name: string | undefined, type: number): string {
  const query: Query = { id: 1, flags: 0, name, type, class: 1, question: new Uint8Array() };
  const gateways = ["10.89.0.1", "fd00:1::1"] as IpAddress[];
  const verdict = state.read((db) => decide(query, viewFrom(db, idOf(who.network), who.source), { gateways, turn: 0 }));
  if (verdict.kind === "forward") return `forward ${verdict.servers.join(",")}`.trim();
  if (verdict.rcode !== RCODE.NOERROR) return Object.entries(RCODE).find(([, code]) => code === verdict.rcode)?.[0] ?? "";
  return verdict.answers.map(({ data }) => (type === TYPE.PTR ? nameOf(data) : data.toHex())).join(" ");
}

function nameOf(data: Uint8Array): string {
  const length = data[0] ?? 0;
  return length === 0 ? "" : `${Buffer.from(data.subarray(1, 1 + length)).toString()}.${nameOf(data.subarray(1 + length))}`;
}

describe("a question", () => {
  // biome-ignore format: table
  const rows: readonly [what: string, who: { network: string; source: string }, name: string | undefined, type: number, want: string][] = [
    ["a container's name",                        APP,    "web1",                        TYPE.A,    "0a590002"],
    ["over IPv6",                                 APP6,   "web1",                        TYPE.A,    "0a590002"],
    ["its IPv6 address",                          APP,    "web1",                        TYPE.AAAA, "fd000001000000000000000000000002"],
    ["one's own name",                            APP,    "app",                         TYPE.A,    "0a590004 0a5a0004"],
    ["the beginning of an id",                    APP,    idOf("db").slice(0, 12),       TYPE.A,    "0a5a0002"],
    ["a name that several have",                  APP,    "www",                         TYPE.A,    "0a590002 0a590003"],
    ["all of it",                                 WEB,    "www",                         TYPE.ANY,  "0a590002 fd000001000000000000000000000002 0a590003 fd000001000000000000000000000003"],
    ["a name with dots",                          WEB,    "a.b.example",                 TYPE.A,    "0a590002 0a590003"],
    ["a name and its network",                    APP,    "db.back",                     TYPE.A,    "0a5a0002"],
    ["a network with capitals",                   APP,    "web2.front",                  TYPE.A,    "0a590003"],
    ["a name and another network",                APP,    "db.front",                    TYPE.A,    "forward 9.9.9.9"],
    ["a name of a network that one is not in",    WEB,    "db",                          TYPE.A,    "forward"],
    ["a link's alias",                            APP,    "old",                         TYPE.A,    "0a590002"],
    ["another's link",                            WEB,    "old",                         TYPE.A,    "forward"],
    ["a type that a name does not have",          APP,    "db",                          TYPE.AAAA, ""],
    ["mail for a name",                           APP,    "web1",                        15,        ""],
    ["who has an address",                        APP,    "2.0.89.10.in-addr.arpa",      TYPE.PTR,  "web1.Front."],
    ["who has an IPv6 address",                   WEB,    `2.${"0.".repeat(23)}1.0.0.0.0.0.d.f.ip6.arpa`, TYPE.PTR, "web1.Front."],
    ["in another network of one's",               APP,    "2.0.90.10.in-addr.arpa",      TYPE.PTR,  "db.back."],
    ["in a network that one is not in",           WEB,    "2.0.90.10.in-addr.arpa",      TYPE.PTR,  "forward"],
    ["who has an address that nobody has",        APP,    "77.0.89.10.in-addr.arpa",     TYPE.PTR,  "NXDOMAIN"],
    ["the default network's addresses have none", APP,    "4.0.88.10.in-addr.arpa",      TYPE.PTR,  "NXDOMAIN"],
    ["who has an address elsewhere",              APP,    "8.8.8.8.in-addr.arpa",        TYPE.PTR,  "forward 9.9.9.9"],
    ["the host",                                  APP,    "host.docker.internal",        TYPE.A,    "0a590001"],
    ["the host over IPv6",                        APP,    "host.containers.internal",    TYPE.AAAA, "fd000001000000000000000000000001"],
    ["a name of the world",                       APP,    "example.org",                 TYPE.A,    "forward 9.9.9.9"],
    ["one in bytes that no name of ours has",     APP,    undefined,                     TYPE.A,    "forward 9.9.9.9"],
    ["the root",                                  WEB,    "",                            2,         "forward"],
    ["the world, from an internal network",       SEALED, "example.org",                 TYPE.A,    "NXDOMAIN"],
    ["a name in an internal network",             SEALED, "db",                          TYPE.A,    "0a5a0002"],
    ["a whole zone",                              APP,    "web1",                        TYPE.AXFR, "REFUSED"],
    ["from a stranger",                           { network: "Front", source: "10.89.0.99" }, "web1",        TYPE.A, "REFUSED"],
    ["the world, from a stranger",                { network: "Front", source: "192.0.2.1" },  "example.org", TYPE.A, "REFUSED"],
    ["from a container of another network",       { network: "Front", source: "10.90.0.2" },  "web1",        TYPE.A, "REFUSED"],
  ];
  for (const [what, who, name, type, want] of rows) test(what, () => expect(said(who, name, type)).toBe(want));
});

test("a name that does not fit in a message has no reverse", () => {
  putContainer(state, "x".repeat(64), [{ network: "back", addresses: ["10.90.0.7"] }]);
  expect(said(SEALED, "7.0.90.10.in-addr.arpa", TYPE.PTR)).toBe("NXDOMAIN");
});

test("networks are served whose gateway is ours, while a container with a name runs there", () => {
  expect(
    servedNetworks(state.rows)
      .map(({ name, gateways }) => `${name} ${gateways}`)
      .sort(),
  ).toEqual(["Front 10.89.0.1,fd00:1::1", "back 10.90.0.1"]);
  expect(hasServedNetworks(state.rows)).toBe(true);
});

test("what a container leaves holds no more at once", () => {
  putContainer(state, "brief", [{ network: "back", addresses: ["10.90.0.8"] }]);
  expect(said(SEALED, "brief", TYPE.A)).toBe("0a5a0008");
  dropEndpoints(state, "brief");
  expect(said(SEALED, "brief", TYPE.A)).toBe("NXDOMAIN");
});

test("no question walks a table", () => {
  const seen: string[] = [];
  state.read((db) => {
    const recorder = new Proxy(db, {
      get: (target, property) =>
        property === "query"
          ? (sql: string) => {
              const plan = target.query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${sql.replaceAll(/\?\d?/g, "''")}`).all();
              seen.push(...plan.map(({ detail }) => detail));
              return target.query(sql);
            }
          : Reflect.get(target, property),
    });
    const view = viewFrom(recorder, idOf("Front"), "10.89.0.4");
    view?.addressesOf("nobody");
    view?.addressesOf("old");
    view?.nameOf("10.90.0.2" as IpAddress);
    viewFrom(recorder, idOf("Front"), "fd00:1::4");
  });
  expect(seen.length).toBeGreaterThan(8);
  expect(seen.filter((detail) => /\bSCAN\b/.test(detail))).toEqual([]);
});
