// The files in a container's /etc that tell of its networks, written when it starts and kept right as it is connected, disconnected and renamed.
//
// They are bind-mounted, so that the inode must stay, and programs read them at any time. So they are changed line by line, each at once
// (containers/config/line-edits.ts). To cut the file first or behind would show less than either text for a moment; to mount a new file over it needs
// a visit to the container's mount namespace, where its own programs may have changed what is mounted.
import type { Database } from "bun:sqlite";
import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { failedWith } from "../../../base/file-errno.ts";
import { optionalText } from "../../../base/optional-text.ts";
import { readRegularFile } from "../../../base/regular-file.ts";
import { lineEdits } from "../../../containers/config/line-edits.ts";
import { networkResolverText } from "../../../containers/config/network-files.ts";
import { changedLines, connectedHostsText } from "../../../containers/config/network-hosts.ts";
import { gatewayOf } from "../../../network/model/gateway.ts";
import { endpointsIn } from "../../../network/state/endpoints.ts";
import { hostnameOf } from "../../containers/bundle/hostname.ts";
import { containerPaths } from "../../containers/state/directory.ts";
import type { Engine } from "../../engine.ts";
import { byPriority, type Connection, type Subject } from "../claims/claim.ts";

/** What the files say. */
export interface FileTexts {
  readonly hosts: string;
  readonly resolvConf: string;
  readonly warnings: readonly string[];
}

/** For a container with these places in networks. */
export function fileTexts(db: Database, { name, document }: Subject, connections: readonly Connection[]): FileTexts {
  const ordered = byPriority(connections);
  const hostname = hostnameOf(document);
  const { domainname } = document.options;
  const gateways = (only: (connection: Connection) => boolean) =>
    ordered.filter(only).flatMap(({ network }) => ([4, 6] as const).flatMap((family) => gatewayOf(network, family) ?? []));
  const hosts = connectedHostsText(document.network, {
    names: [...new Set([...(domainname === undefined ? [] : [`${hostname}.${domainname}`]), hostname, name])],
    addresses: ordered.flatMap(({ endpoint: { ipv4, ipv6 } }) => [ipv4, ipv6].flatMap((address) => address ?? [])),
    gateways: gateways(({ endpoint }) => endpoint.hostInterface !== undefined),
    links: ordered.flatMap((connection) => linked(db, connection)),
  });
  const { text, warning } = networkResolverText(document.network, {
    gateways: gateways(({ network }) => network.names),
    host: optionalText("/etc/resolv.conf"),
    resolved: optionalText("/run/systemd/resolve/resolv.conf"),
  });
  const warnings = [...(warning === undefined ? [] : [warning]), ...ordered.flatMap((connection) => brokenLinks(db, connection))];
  return { hosts, resolvConf: text, warnings };
}

function linked(db: Database, connection: Connection) {
  return linksOf(db, connection).flatMap(({ alias, member: { ipv4, ipv6 } = {} }) =>
    [ipv4, ipv6].flatMap((address) => (address === undefined ? [] : [{ address, alias }])),
  );
}

/** Of one that is not there now, nothing is heard later either. */
function brokenLinks(db: Database, connection: Connection): string[] {
  const broken = linksOf(db, connection).filter(({ member }) => member === undefined);
  return broken.map(({ alias }) => `--link: ${alias} is no name here: that container does not run in network ${connection.network.name}`);
}

/** Where a server of ours knows names, it knows links, too. */
function linksOf(db: Database, { network, attachment: { links } }: Connection) {
  if (network.names || links.length === 0) return [];
  const members = endpointsIn(db, network.id);
  return links.map(({ container, alias }) => ({ alias, member: members.find((member) => member.container === container) }));
}

/** Of a container that starts: whatever a run before has left in them goes. */
export function writeFiles(engine: Engine, id: string, { hosts, resolvConf }: FileTexts): void {
  const paths = containerPaths(engine.root, id);
  withFile(paths.hosts, (fd) => overwrite(fd, hosts));
  withFile(paths.resolvConf, (fd) => overwrite(fd, resolvConf));
}

/** Of one that runs. A resolv.conf that its programs have written is theirs. */
export function changeFiles(engine: Engine, id: string, before: FileTexts, after: FileTexts): void {
  const paths = containerPaths(engine.root, id);
  changeFile(paths.hosts, (current) => changedLines(current, before.hosts, after.hosts));
  changeFile(paths.resolvConf, (current) => (sameLines(current, before.resolvConf) ? after.resolvConf : current));
}

/** Order apart, which changes have not kept. */
function sameLines(one: string, other: string): boolean {
  const [a, b] = [filledLines(one).toSorted(), filledLines(other).toSorted()];
  return a.length === b.length && a.every((line, index) => line === b[index]);
}

const filledLines = (text: string): string[] => text.split("\n").filter((line) => line.trim() !== "");

/** A container may have made its own much larger: that is not looked through. */
const MOST_READ = 64 * 1024;

/** Readers of the file see each line as it was, or as it will be. */
export function changeFile(path: string, change: (current: string) => string): void {
  withFile(path, (fd) => {
    if (fstatSync(fd).size > MOST_READ) return overwrite(fd, change(""));
    const current = readRegularFile(path);
    for (const { at, bytes } of lineEdits(current, filledLines(change(current)))) writeSync(fd, bytes, 0, bytes.length, at);
  });
}

function overwrite(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  writeSync(fd, bytes, 0, bytes.length, 0);
  ftruncateSync(fd, bytes.length);
}

function withFile(path: string, work: (fd: number) => void): void {
  let fd: number;
  try {
    fd = openSync(path, "r+");
  } catch (error) {
    if (failedWith(error, "ENOENT")) return; // a container of a directory, which has none of its own
    throw error;
  }
  try {
    work(fd);
  } finally {
    closeSync(fd);
  }
}
