// What an engine's rows say of networks: read beside it, as they are.
import { Database } from "bun:sqlite";
import { join } from "node:path";

export interface NetworkRow {
  readonly id: string;
  readonly name: string;
  readonly interface: string;
  readonly names: boolean;
  readonly internal: boolean;
  readonly subnets: readonly { readonly prefix: string; readonly gateway?: string }[];
}

export interface EndpointRow {
  readonly container: string;
  /** Of its container. */
  readonly name: string;
  readonly network: NetworkRow;
  readonly hostInterface: string;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly names: readonly string[];
}

export interface PortRow {
  readonly container: string;
  readonly protocol: "tcp" | "udp";
  readonly port: number;
  readonly address: string;
  readonly target: number;
}

export interface Rows {
  /** Ids of all of them, running or not. */
  readonly containers: readonly string[];
  /** Who has asked for which network, running or not: two ids, a blank between them. */
  readonly attachments: readonly string[];
  readonly networks: readonly NetworkRow[];
  readonly endpoints: readonly EndpointRow[];
  readonly ports: readonly PortRow[];
}

interface StoredEndpoint {
  container: string;
  name: string;
  network: string;
  host_interface: string;
  ipv4: string;
  ipv6: string;
}

export function readRows(root: string): Rows {
  using db = new Database(join(root, "state.db"), { readonly: true });
  const networks = db
    .query<{ document: string }, []>("SELECT document FROM networks")
    .all()
    .map(({ document }) => JSON.parse(document) as NetworkRow);
  const of = new Map(networks.map((network) => [network.id, network]));
  const stored = db.query<StoredEndpoint, []>(
    "SELECT e.*, c.name FROM endpoints e JOIN containers c ON c.id = e.container ORDER BY c.name",
  );
  const named = db.query<{ name: string }, [string, string]>("SELECT name FROM endpoint_names WHERE container = ? AND network = ?");
  const endpoints = stored.all().map(({ container, name, network, host_interface, ipv4, ipv6 }) => ({
    container,
    name,
    network: of.get(network) as NetworkRow, // a foreign key
    hostInterface: host_interface,
    ipv4: [...Uint8Array.fromHex(ipv4)].join("."),
    ipv6: new URL(`http://[${ipv6.match(/..../g)?.join(":")}]`).hostname.slice(1, -1),
    names: named.all(container, network).map((row) => row.name),
  }));
  const containers = db.query<{ id: string }, []>("SELECT id FROM containers").all();
  const attachments = db.query<{ container: string; network: string }, []>("SELECT container, network FROM attachments").all();
  return {
    attachments: attachments.map(({ container, network }) => `${container} ${network}`),
    containers: containers.map(({ id }) => id),
    networks,
    endpoints,
    ports: db.query<PortRow, []>("SELECT * FROM ports").all(),
  };
}
