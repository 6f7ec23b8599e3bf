// Rows beside what the kernel has of networks, and beside the files of the run root: a sentence for each thing that is in one and not in the other.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { engineTag } from "../../../src/network/model/engine-tag.ts";
import type { Lab } from "../../network/lab/lab.ts";
import type { Rows } from "./rows.ts";

interface LinkJson {
  readonly ifname: string;
  readonly ifalias?: string;
  readonly master?: string;
  readonly flags: readonly string[];
}

type Value = string | number | { readonly concat?: readonly Value[]; readonly prefix?: { readonly addr: string; readonly len: number } };
type ElementJson = Value | readonly [Value, Value];

interface SetJson {
  readonly family: string;
  readonly name: string;
  readonly elem?: readonly ElementJson[];
}

/** Enters the network namespace that the engine's networks are in. */
export type Enter = (argv: readonly string[]) => Promise<string>;

/** What only one of two lists has. */
export function differences(what: string, rows: Iterable<string>, kernel: Iterable<string>): string[] {
  const [said, there] = [new Set(rows), new Set(kernel)];
  return [
    ...[...said.difference(there)].map((one) => `${what} ${one} is missing`),
    ...[...there.difference(said)].map((one) => `${what} ${one} is nobody's`),
  ];
}

export async function kernelDifferences(lab: Lab, rows: Rows, enter: Enter): Promise<string[]> {
  const tag = engineTag(lab.roots.root);
  return [
    ...linkDifferences(tag, rows, JSON.parse(await enter(["ip", "-j", "-d", "link"]))),
    ...elementDifferences(rows, await readSets(enter, tag)),
  ];
}

function linkDifferences(tag: string, { networks, endpoints }: Rows, links: readonly LinkJson[]): string[] {
  const ours = links.filter(({ ifalias }) => ifalias?.startsWith(`teu:${tag}:`)).filter(({ ifalias }) => ifalias !== `teu:${tag}:gate`);
  const bridges = new Set(networks.map((network) => network.interface));
  const cables = endpoints.map(({ hostInterface, network }) => `${hostInterface} in ${network.interface}`);
  const isBridge = ({ ifname }: LinkJson) => bridges.has(ifname);
  const needed = endpoints.map(({ network }) => network.interface);
  return [
    ...differences(
      "cable",
      cables,
      ours.filter((link) => !isBridge(link)).map(({ ifname, master }) => `${ifname} in ${master ?? "nothing"}`),
    ),
    ...differences(
      "bridge",
      needed,
      links.filter((link) => isBridge(link) && needed.includes(link.ifname) && link.flags.includes("UP")).map(({ ifname }) => ifname),
    ),
  ];
}

async function readSets(enter: Enter, tag: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const text = await enter(["nft", "-j", "list", "ruleset"]);
  const found = (
    JSON.parse(text) as { readonly nftables: readonly Readonly<Record<string, SetJson & { readonly table?: string }>>[] }
  ).nftables.flatMap(({ set, map }) => set ?? map ?? []);
  return new Map(found.filter(({ table }) => table === tag).map(({ family, name, elem = [] }) => [`${family} ${name}`, elem.map(shown)]));
}

function shown(element: ElementJson): string {
  return Array.isArray(element) ? `${text(element[0])} to ${text(element[1])}` : text(element as Value);
}

function text(value: Value): string {
  if (typeof value !== "object") return String(value);
  if (value.prefix !== undefined) return `${value.prefix.addr}/${value.prefix.len}`;
  return (value.concat ?? []).map(text).join(" ");
}

/** A network may be in the tables before anybody is in it; its row is there then. */
function elementDifferences({ networks, endpoints, ports }: Rows, sets: ReadonlyMap<string, readonly string[]>): string[] {
  const used = new Set(endpoints.map(({ network }) => network.interface));
  const interfaces = new Set(networks.map((network) => network.interface));
  return ["ip", "ip6"].flatMap((family) => {
    const elements = (name: string) => sets.get(`${family} ${name}`) ?? [];
    const inFamily = ports.filter(({ address }) => address.includes(":") === (family === "ip6"));
    const keys = inFamily.map(({ protocol, port }) => `${protocol} ${port}`);
    const addresses = (container: string) =>
      endpoints.filter((one) => one.container === container).map((one) => (family === "ip" ? one.ipv4 : one.ipv6));
    const lead = inFamily.map(({ container, protocol, port, target }) => {
      const key = `${protocol} ${port} to `;
      const ways = addresses(container).map((address) => `${key}${address} ${target}`);
      return elements("ports_all").find((one) => ways.includes(one)) ?? `${key}one of ${addresses(container)} ${target}`;
    });
    const subnets = networks.flatMap((network) => network.subnets.map(({ prefix }) => prefix));
    return [
      ...differences(`${family} published port`, lead, elements("ports_all")),
      ...differences(`${family} gated port`, keys, elements("gated_all")),
      ...differences(
        `${family} bridge`,
        used,
        elements("bridges").filter((name) => used.has(name) || !interfaces.has(name)),
      ),
      ...["same", "masqueraded", "internal"].flatMap((set) =>
        elements(set).flatMap((one) => (interfaces.has(one.split(" ")[0] ?? "") ? [] : [`${family} ${set} ${one} is nobody's`])),
      ),
      ...elements("subnets").flatMap((one) => (subnets.includes(one) ? [] : [`${family} subnet ${one} is nobody's`])),
    ];
  });
}

/** Of a directory that may not be there. */
export const entries = (...path: readonly string[]): string[] => (existsSync(join(...path)) ? readdirSync(join(...path)) : []);

/** Markers of networks, and what a user's published ports are served by. */
export function fileDifferences({ roots }: Lab, { networks, ports }: Rows, rootless: boolean): string[] {
  const ids = new Set(networks.map(({ id }) => id));
  const marked = entries(roots.runRoot, "networks").flatMap((name) => /^([\da-f]{64})\.json$/.exec(name)?.[1] ?? []);
  const owners = ports.map(({ container }) => container);
  const forwarders = entries(roots.runRoot, "rootless", "ports").map((name) => name.slice(0, name.lastIndexOf("-")));
  return [
    ...marked.flatMap((id) => (ids.has(id) ? [] : [`marker ${id} is nobody's`])),
    ...entries(roots.runRoot, "networks", "removed").map((id) => `removal of ${id} is not done`),
    ...entries(roots.runRoot, "netns").map((name) => `namespace ${name} is nobody's`),
    ...differences("forwarder", rootless ? owners : [], forwarders),
  ];
}
