// Which networks have a name server: those with names whose gateway is an address of ours, as long as a container runs there. Of macvlan and
// ipvlan the host has no address that their containers reach; names of CNI networks are their plugins' affair.
import type { Database } from "bun:sqlite";
import type { IpAddress } from "../address/address.ts";
import type { Network } from "../model/network.ts";

/** A container of it runs, and has a name there. The table of networks is walked, that of names only looked into. */
const SERVED = `
  FROM networks n
  WHERE json_extract(n.document, '$.names') AND json_extract(n.document, '$.driver') IN ('bridge', 'vxlan')
    AND EXISTS (SELECT 1 FROM endpoint_names e WHERE e.network = n.id)`;

export interface ServedNetwork {
  readonly id: string;
  readonly name: string;
  /** Addresses of the host in it: where it is asked. */
  readonly gateways: readonly IpAddress[];
}

/** Whether there is anything to serve. */
export function hasServedNetworks(db: Database): boolean {
  return db.query(`SELECT 1 ${SERVED} LIMIT 1`).get() !== null;
}

export function servedNetworks(db: Database): readonly ServedNetwork[] {
  const rows = db.query<{ id: string; name: string; subnets: string }, []>(
    `SELECT n.id, n.name, json_extract(n.document, '$.subnets') AS subnets ${SERVED}`,
  );
  return rows.all().map(({ id, name, subnets }) => {
    const all: Network["subnets"] = JSON.parse(subnets); // as the engine has written it
    return { id, name, gateways: all.flatMap(({ gateway }) => gateway ?? []) };
  });
}
