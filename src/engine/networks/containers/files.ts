// The files in a container's /etc that tell of its networks, written when it starts and kept right as it is connected, disconnected and renamed.
//
// They are bind-mounted, so that the inode must stay, and programs read them at any time. So a text is written by one write(2) over the old one, and
// filled up with blanks to the old length: who reads in one read(2), as resolvers do of files of this size, has the old text or the new one. To
// cut the file first or behind would show less than either for a moment; to mount a new file over it needs a visit to the container's mount namespace,
// where its own programs may have changed what is mounted.
import type { Database } from "bun:sqlite";
import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { failedWith } from "../../../base/file-errno.ts";
import { readRegularFile } from "../../../base/regular-file.ts";
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
    host: textOf("/etc/resolv.conf"),
    resolved: textOf("/run/systemd/resolve/resolv.conf"),
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

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Of a container that starts: whatever a run before has left in them goes. */
export function writeFiles(engine: Engine, id: string, { hosts, resolvConf }: FileTexts): void {
  const paths = containerPaths(engine.root, id);
  overwrite(paths.hosts, () => hosts);
  overwrite(paths.resolvConf, () => resolvConf);
}

/** Of one that runs. A resolv.conf that its programs have written is theirs. */
export function changeFiles(engine: Engine, id: string, before: FileTexts, after: FileTexts): void {
  const paths = containerPaths(engine.root, id);
  overwrite(paths.hosts, (current) => changedLines(current, before.hosts, after.hosts));
  overwrite(paths.resolvConf, (current) => (current.trimEnd() === before.resolvConf.trimEnd() ? after.resolvConf : current));
}

/** A line that says nothing. */
function blanks(length: number): Buffer {
  const line = Buffer.alloc(length, " ");
  line.write("\n", length - 1);
  return line;
}

/** A container may have made its own much larger: that is not filled up. */
const MOST_FILLED = 64 * 1024;

function overwrite(path: string, change: (current: string) => string): void {
  let fd: number;
  try {
    fd = openSync(path, "r+");
  } catch (error) {
    if (failedWith(error, "ENOENT")) return; // a container of a directory, which has none of its own
    throw error;
  }
  try {
    const { size } = fstatSync(fd);
    const current = size > MOST_FILLED ? "" : readRegularFile(path);
    const text = Buffer.from(change(current));
    const filled = size > MOST_FILLED || size <= text.length ? text : Buffer.concat([text, blanks(size - text.length)]);
    writeSync(fd, filled, 0, filled.length, 0);
    if (size > filled.length) ftruncateSync(fd, filled.length);
  } finally {
    closeSync(fd);
  }
}
