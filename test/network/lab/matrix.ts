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
export const at = (network: string, last: number) => of(NUMBERS[network] ?? 0, last);
export const gateway = (network: string) => gatewayOf(NUMBERS[network] ?? 0);
export const join = (network: string, last: number) => [
  "--network",
  `name=${network},ip=${at(network, last)[0]},ip6=${at(network, last)[1]}`,
];
export const publish = (port: number) => ["-p", `${port}:80`, "-p", `${port}:80/udp`];

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
