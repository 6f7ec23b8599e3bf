// Whether everybody who should be reached is: by the addresses, names and published ports that the rows give.
import { join } from "node:path";
import { HOST, type Lab } from "../../network/lab/lab.ts";
import type { EndpointRow, Rows } from "./rows.ts";

const PROGRAM = join(import.meta.dir, "reach.py");

interface Probe {
  readonly from: string;
  readonly kind: "tcp" | "udp" | "dns";
  readonly to: string;
  readonly port?: number;
  readonly name?: string;
  /** Of DNS: A or AAAA. */
  readonly type?: 1 | 28;
}

interface Expected {
  readonly probe: Probe;
  /** The container that answers, or the addresses of a name. */
  readonly answer: string;
}

export interface Places {
  /** Network namespaces, as paths: of a running container by its id, and the one that the bridges are in. */
  of(container: string): string;
  readonly bridges: string;
}

/** A sentence for each that is not. */
export async function reachDifferences(lab: Lab, rows: Rows, places: Places): Promise<string[]> {
  const wanted = expected(lab, rows, places);
  if (wanted.length === 0) return [];
  const servers = [...new Set(rows.endpoints.map(({ container }) => container))].map((id) => ({ at: places.of(id), as: id.slice(0, 12) }));
  const task = JSON.stringify({ servers, probes: wanted.map(({ probe }) => probe) });
  const answers = JSON.parse(await lab.in("peer", ["python3", PROGRAM, task])) as (string | null)[];
  return wanted.flatMap(({ probe, answer }, index) => {
    const { kind, from, to, port = "", name = "" } = probe;
    return answers[index] === answer ? [] : [`${kind} ${name} ${to} ${port} from ${from}: ${answers[index]} in the place of ${answer}`];
  });
}

function expected(lab: Lab, { endpoints, ports }: Rows, places: Places): Expected[] {
  const beside = (one: EndpointRow) => endpoints.filter(({ network }) => network === one.network);
  const addressed = endpoints.flatMap((one): Expected[] => {
    const answer = one.container.slice(0, 12);
    const other = beside(one).find(({ container }) => container !== one.container);
    const froms = [places.bridges, ...(other === undefined ? [] : [places.of(other.container)])];
    return froms.flatMap((from) => [one.ipv4, one.ipv6].map((to) => ({ probe: { from, kind: "tcp", to, port: 80 } as const, answer })));
  });
  const named = endpoints
    .filter(({ network }) => network.names)
    .flatMap((one): Expected[] => {
      const from = places.of(one.container);
      const [to = ""] = one.network.subnets.flatMap(({ gateway }) => gateway ?? []);
      const ask = (name: string, type: 1 | 28, answer: string) => ({ probe: { from, kind: "dns", to, name, type } as const, answer });
      return beside(one).flatMap((other) =>
        other.names.includes(other.name)
          ? [ask(`${other.name}.${other.network.name}`, 1, other.ipv4), ask(`${other.name}.${other.network.name}`, 28, other.ipv6)]
          : [ask("its own name", 1, other.name)],
      );
    });
  const published = ports.flatMap(({ container, protocol, port, address }): Expected[] => {
    const answer = container.slice(0, 12);
    const [outside, local] = address.includes(":") ? [HOST.ipv6, "::1"] : [HOST.ipv4, "127.0.0.1"];
    const from = [lab.namespace("peer"), lab.namespace("host")] as const;
    return [
      { probe: { from: from[0], kind: protocol, to: outside, port }, answer },
      { probe: { from: from[1], kind: protocol, to: local, port }, answer },
    ];
  });
  return [...addressed, ...named, ...published];
}
