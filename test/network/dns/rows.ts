// Rows of containers in networks, as an engine writes them while containers run: for tests of names without containers.
import type { StateDatabase, Writer } from "../../../src/base/database.ts";
import { exampleDocument } from "../../../src/containers/document/example.fixture.ts";
import type { NetworkSettings } from "../../../src/containers/document/network.ts";
import { insertContainer } from "../../../src/containers/state/rows.ts";
import { addressBytes } from "../../../src/network/address/address.ts";

export interface TestNetwork {
  readonly name: string;
  /** Prefixes and their gateways. */
  readonly subnets: readonly { readonly prefix: string; readonly gateway?: string }[];
  readonly driver?: string;
  readonly internal?: boolean;
  readonly names?: boolean;
}

export interface TestEndpoint {
  readonly network: string;
  readonly addresses: readonly string[];
  readonly names?: readonly string[];
  readonly links?: readonly { readonly container: string; readonly alias: string }[];
}

/** An id made of a name, so that tests read as they are written. */
export const idOf = (name: string): string => Buffer.from(name).toString("hex").padEnd(64, "0").slice(0, 64);

export function putNetwork(state: StateDatabase, { name, subnets, driver = "bridge", internal = false, names = true }: TestNetwork): void {
  const document = JSON.stringify({ version: 1, id: idOf(name), name, driver, internal, names, subnets });
  state.write((db) => db.run("INSERT INTO networks (id, name, created, document) VALUES (?, ?, 0, ?)", [idOf(name), name, document]));
}

export function putContainer(
  state: StateDatabase,
  name: string,
  endpoints: readonly TestEndpoint[],
  settings: Partial<NetworkSettings> = {},
): void {
  const id = idOf(name);
  const attachments = endpoints.map(({ network, links = [] }) => ({
    network: idOf(network),
    name: network,
    aliases: [],
    links: links.map(({ container, alias }) => ({ container: idOf(container), alias })),
    priority: 0,
    options: {},
  }));
  const example = exampleDocument({ id });
  const document = { ...example, network: { ...example.network, mode: { kind: "networks", attachments } as const, ...settings } };
  state.write((db) => {
    insertContainer(db, { name, document });
    for (const [ordinal, endpoint] of endpoints.entries())
      putEndpoint(db, id, ordinal, { names: [name.toLowerCase(), id.slice(0, 12)], ...endpoint });
  });
}

function putEndpoint(db: Writer, container: string, ordinal: number, { network, addresses, names = [] }: TestEndpoint): void {
  const hex = (family: 4 | 6) => {
    const bytes = addresses.map(addressBytes).find((one) => one?.length === (family === 4 ? 4 : 16));
    return bytes === undefined ? null : bytes.toHex();
  };
  db.run("INSERT INTO endpoints (container, network, id, ordinal, interface, mac, ipv4, ipv6) VALUES (?, ?, ?, ?, ?, '', ?, ?)", [
    container,
    idOf(network),
    `${container}${idOf(network)}`,
    ordinal,
    `eth${ordinal}`,
    hex(4),
    hex(6),
  ]);
  for (const name of names)
    db.run("INSERT INTO endpoint_names (network, name, container) VALUES (?, ?, ?)", [idOf(network), name, container]);
}

/** The container ends, or leaves all its networks. */
export function dropEndpoints(state: StateDatabase, name: string): void {
  state.write((db) => db.run("DELETE FROM endpoints WHERE container = ?", [idOf(name)]));
}
