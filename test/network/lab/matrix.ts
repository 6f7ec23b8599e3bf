// The networks that both matrices have, root's and an ordinary user's, and where containers are in them.
import { gatewayOf, of } from "./cells.ts";
import type { Lab } from "./lab.ts";

const NETWORKS: Readonly<Record<string, readonly string[]>> = {
  one: [],
  two: [],
  inner: ["--internal"],
  quiet: ["-o", "com.docker.network.bridge.enable_icc=false"],
};
const NUMBERS = Object.fromEntries(Object.keys(NETWORKS).map((name, index) => [name, index + 1]));
const at = (network: string, last: number) => of(NUMBERS[network] ?? 0, last);
export const gateway = (network: string) => gatewayOf(NUMBERS[network] ?? 0);
const join = (network: string, last: number) => ["--network", `name=${network},ip=${at(network, last)[0]},ip6=${at(network, last)[1]}`];
export const publish = (port: number) => ["-p", `${port}:80`, "-p", `${port}:80/udp`];

/** Where containers are; `m1` and `m2` are one. */
export const ENDS = {
  a: at("one", 2),
  b: at("one", 3),
  c: at("two", 2),
  m1: at("one", 4),
  m2: at("two", 4),
  d: at("inner", 2),
  e: at("inner", 3),
  f: at("quiet", 2),
  g: at("quiet", 3),
};

/** The containers, by their names, and how each is joined. */
export const JOINED = {
  a: join("one", 2).concat(publish(8080)),
  b: join("one", 3),
  c: join("two", 2),
  m: [...join("one", 4), ...join("two", 4)],
  d: join("inner", 2),
  e: join("inner", 3),
  f: join("quiet", 2).concat(publish(8081)),
  g: join("quiet", 3),
  x: [],
  n: ["--network", "none"],
  h: ["--network", "host"],
};

export async function makeNetworks(lab: Lab): Promise<void> {
  for (const [name, flags] of Object.entries(NETWORKS)) {
    const [four, six] = gateway(name);
    const subnets = ["--subnet", `${four.replace(/1$/, "0/24")}`, "--subnet", `${six.replace(/1$/, "/64")}`];
    await lab.ok(["network", "create", ...flags, ...subnets, name]);
  }
}

/** All containers, and these networks. */
export async function removeAll(lab: Lab): Promise<void> {
  await lab.ok(["rm", "-f", ...(await lab.ok(["ps", "-aq"])).split("\n").filter(Boolean)]);
  await lab.ok(["network", "rm", ...Object.keys(NETWORKS)]);
}
