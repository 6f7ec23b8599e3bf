// What hosts(5) says in a container that is connected to networks: itself by its addresses, its host, the containers that it is linked to where no
// server knows names, and what was added. Pure.
import type { IpAddress } from "../../network/address/address.ts";
import { HOST_GATEWAY, type NetworkSettings } from "../document/network.ts";
import { hostsText } from "./network-files.ts";

export interface HostsFacts {
  /** How it calls itself: its host name, its name. */
  readonly names: readonly string[];
  /** Its own, in the order of its networks. */
  readonly addresses: readonly IpAddress[];
  /** The host's in these networks; of each family the first is the host. */
  readonly gateways: readonly IpAddress[];
  readonly links: readonly { readonly address: IpAddress; readonly alias: string }[];
}

/** docker's and podman's names of the host. */
const HOST_NAMES = "host.docker.internal host.containers.internal";

/** The file whole. */
export function connectedHostsText({ extraHosts }: Pick<NetworkSettings, "extraHosts">, facts: HostsFacts): string {
  const hosts = firstOfFamilies(facts.gateways);
  const own = facts.addresses.length === 0 ? ["127.0.0.1"] : facts.addresses;
  const added = extraHosts.flatMap((entry) => {
    const at = entry.indexOf(":");
    const [name, address] = [entry.slice(0, at), entry.slice(at + 1)];
    return address === HOST_GATEWAY ? hosts.map((gateway) => `${name}:${gateway}`) : [entry];
  });
  return hostsText(
    {
      extraHosts: [
        ...own.map((address) => `${facts.names.join(" ")}:${address}`),
        ...hosts.map((address) => `${HOST_NAMES}:${address}`),
        ...facts.links.map(({ address, alias }) => `${alias}:${address}`),
        ...added,
      ],
    },
    undefined,
    undefined,
  );
}

function firstOfFamilies(addresses: readonly IpAddress[]): IpAddress[] {
  const four = addresses.find((address) => !address.includes(":"));
  const six = addresses.find((address) => address.includes(":"));
  return [four, six].flatMap((address) => address ?? []);
}

/** The same change in a file that the container's programs may have written to, as well: their lines stay. */
export function changedLines(current: string, before: string, after: string): string {
  const [old, now] = [linesOf(before), linesOf(after)];
  const kept = linesOf(current).filter((line) => !old.includes(line) || now.includes(line));
  return [...kept, ...now.filter((line) => !kept.includes(line))].map((line) => `${line}\n`).join("");
}

const linesOf = (text: string) => text.split("\n").filter((line) => line.trim() !== "");
