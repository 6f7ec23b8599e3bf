// Containers of the lab that are network namespaces and nothing else, wired by the messages that real ones are wired by: so drivers and firewall are
// tested by themselves.
import { join } from "node:path";
import type { IpAddress, Prefix } from "../../../src/network/address/address.ts";
import type { Endpoint } from "../../../src/network/model/endpoint.ts";
import { EXAMPLE_NETWORK_ID, exampleNetwork } from "../../../src/network/model/example.fixture.ts";
import type { Network } from "../../../src/network/model/network.ts";
import type { PublishedPort } from "../../../src/network/model/port.ts";
import type { Lab, Place } from "./lab.ts";
import type { PlainStep } from "./plain-program.ts";

const PROGRAM = join(import.meta.dir, "plain-program.ts");

/** Carries out steps in `host`, or in another place with an engine of its own. */
export async function carryOut(lab: Lab, steps: readonly PlainStep[], host: Place = "host"): Promise<void> {
  const { root, runRoot } = lab.roots;
  const [own, ownRun] = host === "host" ? [root, runRoot] : [`${root}-${host}`, `${runRoot}-${host}`];
  await lab.in(host, ["bun", PROGRAM, own, ownRun], { stdin: JSON.stringify(steps) });
}

/** A network of the number: 10.89.N.0/24, fd00:89:N::/64, bridge `brN`. */
export function network(number: number, change: Partial<Network> = {}): Network {
  const [four, six] = [`10.89.${number}`, `fd00:89:${number}`];
  return exampleNetwork({
    id: `${number}${EXAMPLE_NETWORK_ID}`.slice(0, 64),
    name: `net${number}`,
    interface: `br${number}`,
    subnets: [
      { prefix: `${four}.0/24` as Prefix, gateway: `${four}.1` as IpAddress, reserved: {} },
      { prefix: `${six}::/64` as Prefix, gateway: `${six}::1` as IpAddress, reserved: {} },
    ],
    ...change,
  });
}

/** A container: its namespace, and its place in the network. */
export interface Plain {
  readonly place: Place;
  readonly network: Network;
  readonly endpoint: Endpoint;
  readonly ipv4: string;
  readonly ipv6: string;
}

/** One of a network, with the last part of its addresses. */
export async function plain(lab: Lab, place: Place, of: Network, last: number): Promise<Plain> {
  await lab.place(place);
  const [first, second] = of.subnets;
  const [ipv4, ipv6] = [of4(first?.prefix, last), of6(second?.prefix, last)];
  const id = new Bun.CryptoHasher("sha256").update(`${lab.roots.mark} ${place}`).digest("hex");
  const endpoint: Endpoint = {
    id,
    container: id,
    network: of.id,
    ordinal: 0,
    interface: "eth0",
    hostInterface: `veth${id.slice(0, 11)}`,
    mac: `02:42:${id.slice(0, 8).replace(/..(?=.)/g, "$&:")}`,
    ipv4: ipv4 as IpAddress,
    ipv6: ipv6 as IpAddress,
  };
  return { place, network: of, endpoint, ipv4, ipv6 };
}

const of4 = (prefix = "", last = 0) => prefix.replace(/0\/\d+$/, String(last));
const of6 = (prefix = "", last = 0) => prefix.replace(/\/\d+$/, last.toString(16));

/** `8080:80/tcp`, at all addresses of both families, or at one. */
export function published(words: string, address?: string): PublishedPort[] {
  const [, port, target, protocol] = /^(\d+):(\d+)\/(tcp|udp|sctp)$/.exec(words) ?? [];
  const of = { container: "", port: Number(port), target: Number(target), protocol: protocol as PublishedPort["protocol"] };
  return (address === undefined ? ["0.0.0.0", "::"] : [address]).map((one) => ({ ...of, address: one as IpAddress }));
}

export function wired(lab: Lab, { place, network: of, endpoint }: Plain, ports: readonly PublishedPort[] = []): PlainStep {
  return { wire: lab.namespace(place), network: of, endpoint, defaultRoute: true, ports };
}
