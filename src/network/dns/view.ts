// What one container sees of names: read from the rows for each question, so that a name holds from the moment that its row is there, and
// nothing has to be told to anybody. Every query goes by an index, whatever number of networks and containers there is.
import type { Database } from "bun:sqlite";
import { addressBytes, formatAddress, type IpAddress, isIn } from "../address/address.ts";
import type { Attachment } from "../model/endpoint.ts";
import type { Network } from "../model/network.ts";

export interface View {
  /** The container that asks. */
  readonly container: string;
  /** Addresses behind a name (lower case), in the order of the container's networks; undefined for a name that there is not. */
  addressesOf(name: string): readonly IpAddress[] | undefined;
  /** `NAME.NETWORK` of who has an address in one of its networks. */
  nameOf(address: IpAddress): string | undefined;
  /** Whether an address lies in one of its networks, so that nobody else knows its name. */
  isOurs(address: IpAddress): boolean;
  /** One of its networks has a way out: other names are asked for elsewhere. */
  readonly forwards: boolean;
  /** Servers of its own (`--dns`); none: the host's. */
  servers(): readonly string[];
}

interface NetworkRow {
  readonly id: string;
  readonly name: string;
  readonly internal: number;
  readonly names: number;
  readonly subnets: string;
}

interface AddressRow {
  readonly ipv4: string | null;
  readonly ipv6: string | null;
}

const NETWORKS = `
  SELECT n.id, n.name, json_extract(n.document, '$.internal') AS internal, json_extract(n.document, '$.names') AS names,
    json_extract(n.document, '$.subnets') AS subnets
  FROM endpoints e CROSS JOIN networks n ON n.id = e.network WHERE e.container = ?1 ORDER BY e.ordinal`;

const BY_NAME = `
  SELECT e.ipv4, e.ipv6 FROM endpoint_names n CROSS JOIN endpoints e ON e.container = n.container AND e.network = n.network
  WHERE n.network = ?1 AND n.name = ?2`;

const LINKED = "SELECT ipv4, ipv6 FROM endpoints WHERE container = ?1 AND network = ?2";

/** @param source as the question came from it; undefined for an address that no container of the network has */
export function viewFrom(db: Database, network: string, source: string): View | undefined {
  const container = holderOf(db, network, source);
  if (container === undefined) return undefined;
  const all = db.query<NetworkRow, [string]>(NETWORKS).all(container);
  const named = all.filter(({ names }) => names !== 0);
  let asked: Asked | undefined;
  const settings = () => {
    asked ??= askedOf(db, container);
    return asked;
  };
  const inNetwork = (id: string, name: string) => db.query<AddressRow, [string, string]>(BY_NAME).all(id, name);
  return {
    container,
    forwards: all.some(({ internal }) => internal === 0),
    servers: () => settings().dns,
    isOurs: (address) => all.some(({ subnets }) => (JSON.parse(subnets) as Network["subnets"]).some(({ prefix }) => isIn(address, prefix))),
    addressesOf(name) {
      const plain = named.flatMap(({ id }) => inNetwork(id, name));
      if (plain.length > 0) return addressesIn(plain);
      const qualified = named.flatMap(({ id, name: network }) => {
        const rest = `.${network.toLowerCase()}`;
        return name.endsWith(rest) ? inNetwork(id, name.slice(0, -rest.length)) : [];
      });
      if (qualified.length > 0) return addressesIn(qualified);
      const links = settings().links.filter(({ alias }) => alias.toLowerCase() === name);
      const linked = links.flatMap(({ container: other, network: id }) => db.query<AddressRow, [string, string]>(LINKED).all(other, id));
      return linked.length > 0 ? addressesIn(linked) : undefined;
    },
    nameOf(address) {
      for (const { id, name } of named) {
        const holder = holderOf(db, id, address);
        const row = holder && db.query<{ name: string }, [string]>("SELECT name FROM containers WHERE id = ?1").get(holder);
        if (row) return `${row.name}.${name}`;
      }
      return undefined;
    },
  };
}

/** Addresses are kept as hexadecimal digits. */
function holderOf(db: Database, network: string, address: string): string | undefined {
  const bytes = addressBytes(address);
  if (bytes === undefined) return undefined;
  const column = bytes.length === 4 ? "ipv4" : "ipv6";
  const row = db.query<{ container: string }, [string, string]>(`SELECT container FROM endpoints WHERE network = ?1 AND ${column} = ?2`);
  return row.get(network, bytes.toHex())?.container;
}

function addressesIn(rows: readonly AddressRow[]): readonly IpAddress[] {
  return rows.flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6].flatMap((hex) => (hex === null ? [] : [formatAddress(Uint8Array.fromHex(hex))])));
}

interface Asked {
  readonly dns: readonly string[];
  /** `--link CONTAINER:ALIAS`, with the network that it was given for. */
  readonly links: readonly { readonly container: string; readonly alias: string; readonly network: string }[];
}

/** What the container's document says of names; the engine has written it, and looks at it whole elsewhere. */
function askedOf(db: Database, container: string): Asked {
  const row = db
    .query<{ dns: string | null; attachments: string | null }, [string]>(
      "SELECT json_extract(document, '$.network.dns') AS dns, json_extract(document, '$.network.mode.attachments') AS attachments FROM containers WHERE id = ?1",
    )
    .get(container);
  const attachments: readonly Attachment[] = JSON.parse(row?.attachments ?? "[]");
  return {
    dns: JSON.parse(row?.dns ?? "[]"),
    links: attachments.flatMap(({ network, links }) => links.map((link) => ({ ...link, network }))),
  };
}
