// What a container has on disk, `<root>/containers/<id>/`:
//   container.json   its document as it was made, written before anything else: so it is found again where its row was never written
//   <id>-json.log    what it has said, and rotated files beside it
//   files.lock       held while its files are mounted by a command, and not by a run of it
// and, of an image:
//   upper, work      what it writes over the image's layers; overlayfs's own
//   copy             in place of those two, where there is no overlay: the layers, and what it writes
// and, of an image or where they were asked for:
//   hosts, hostname, resolv.conf    shown in its /etc
import { chmodSync, chownSync, existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parseContainerId } from "../../../base/container-id.ts";
import type { Digest } from "../../../base/digest.ts";
import { TeuError } from "../../../base/errors.ts";
import { failedWith } from "../../../base/file-errno.ts";
import { optionalText } from "../../../base/optional-text.ts";
import { readRegularFile } from "../../../base/regular-file.ts";
import { asksForNames, hostsText, resolverText } from "../../../containers/config/network-files.ts";
import type { ContainerDocument } from "../../../containers/document/document.ts";
import type { NetworkMode } from "../../../containers/document/network.ts";
import { readDocument } from "../../../containers/document/read.ts";
import { nameOfMaking } from "../../../kernel/state/record.ts";
import type { IdMaps } from "../../../kernel/state/side-plan.ts";
import { hostnameOf } from "../bundle/hostname.ts";
import { namesIn } from "./set-aside.ts";

/** Whether a container has its directory, with the record of its birth in it. */
export function isMade(root: string, id: string): boolean {
  return existsSync(containerPaths(root, id).record);
}

export interface ContainerPaths {
  readonly directory: string;
  readonly record: string;
  readonly upper: string;
  readonly work: string;
  readonly copy: string;
  readonly hosts: string;
  readonly hostname: string;
  readonly resolvConf: string;
  /** There while a command has stopped it: pause-while.ts. */
  readonly pausedBy: string;
  /** Held while a command has its files mounted that does not run: files/lock.ts. */
  readonly filesLock: string;
  /** What it has said; rotated files have more at the end of their names. */
  readonly log: string;
}

/** @throws InvalidInputError for an id that is none */
export function containerPaths(root: string, id: string): ContainerPaths {
  const directory = join(root, "containers", parseContainerId(id));
  return {
    directory,
    record: join(directory, "container.json"),
    upper: join(directory, "upper"),
    work: join(directory, "work"),
    copy: join(directory, "copy"),
    hosts: join(directory, "hosts"),
    hostname: join(directory, "hostname"),
    resolvConf: join(directory, "resolv.conf"),
    pausedBy: join(directory, "paused-by"),
    filesLock: join(directory, "files.lock"),
    log: join(directory, `${id}-json.log`),
  };
}

/**
 * Makes all of it, or nothing. From its first moment on it has its record: it is made under a name that says who makes it, and renamed.
 * @throws TeuError `conflict` when there is one of this id
 */
export function makeContainerDirectory(root: string, document: ContainerDocument): void {
  const paths = containerPaths(root, document.id);
  // Others may pass through, so that ids of a user namespace reach what is theirs; names are seen by nobody.
  mkdirSync(dirname(paths.directory), { recursive: true, mode: 0o711 });
  makeWithRecord(paths, document);
  try {
    fill(paths, document);
  } catch (error) {
    rmSync(paths.directory, { recursive: true, force: true });
    throw error;
  }
}

function makeWithRecord({ directory, record }: ContainerPaths, document: ContainerDocument): void {
  const { id, birth } = document;
  const made = join(dirname(directory), nameOfMaking(id, birth.creator));
  mkdirSync(made, { mode: 0o711 });
  try {
    writeFileSync(join(made, basename(record)), JSON.stringify(document), { mode: 0o600 });
    renameSync(made, directory); // onto one that is there, and never empty, it fails
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    if (!failedWith(error, "EEXIST", "ENOTEMPTY")) throw error;
    throw new TeuError("conflict", `create container ${id}: there is ${directory} already`);
  }
}

/** The record of its birth, whole or not at all. */
export function writeBirth({ record }: Pick<ContainerPaths, "record">, document: ContainerDocument): void {
  writeFileSync(`${record}.tmp`, JSON.stringify(document), { mode: 0o600 });
  renameSync(`${record}.tmp`, record);
}

function fill(paths: ContainerPaths, document: ContainerDocument): void {
  const { root } = document;
  if (root.kind === "image" || asksForNames(document.network)) makeNetworkFiles(paths, document);
  if (root.kind === "directory") return; // its files are the caller's
  if (root.copied) mkdirSync(paths.copy, { mode: 0o755 });
  else {
    mkdirSync(paths.work, { mode: 0o700 });
    makeUpper(paths.upper, root.layers.at(-1));
  }
}

function makeNetworkFiles(paths: ContainerPaths, document: ContainerDocument): void {
  const { network } = document;
  const hostname = hostnameOf(document);
  writeFileSync(paths.hostname, `${hostname}\n`, { mode: 0o644 });
  const shared = sharedFiles(paths.directory, network.mode);
  writeFileSync(paths.hosts, hostsText(network, hostname, textOf(shared.hosts)), { mode: 0o644 });
  writeFileSync(paths.resolvConf, resolverText(network, textOf(shared.resolvConf)), { mode: 0o644 });
}

/** The root directory that a container sees is the upper one: it has owner and mode of the image's. */
function makeUpper(upper: string, top: string | undefined): void {
  mkdirSync(upper, { mode: 0o755 });
  const stats = top === undefined ? undefined : statSync(top, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (process.geteuid?.() === 0) chownSync(upper, stats.uid, stats.gid);
  chmodSync(upper, stats.mode & 0o7777);
}

/** Whose network is shared, its names and name servers hold. A namespace by path has no names, and asks those that the host asks. */
function sharedFiles(directory: string, mode: NetworkMode): { readonly hosts?: string; readonly resolvConf?: string } {
  switch (mode.kind) {
    case "none":
    case "networks": // written when it starts
      return {};
    case "host":
      return { hosts: "/etc/hosts", resolvConf: "/etc/resolv.conf" };
    case "private":
    case "namespace":
      return { resolvConf: "/etc/resolv.conf" };
    case "container": {
      const other = join(dirname(directory), mode.id);
      return { hosts: join(other, "hosts"), resolvConf: join(other, "resolv.conf") };
    }
  }
}

function textOf(path: string | undefined): string | undefined {
  return path === undefined ? undefined : optionalText(path);
}

/** The document that a directory below `containers` was made with; undefined where there is none that is whole. */
export function readBirth(directory: string): ContainerDocument | undefined {
  try {
    return readDocument(readRegularFile(join(directory, "container.json")), basename(directory)); // written above, mode 0600, by rename
  } catch {
    return undefined;
  }
}

/** What containers below a root keep: the images that they were made from, and those that they have mounted. */
export function containerImages(root: string): { readonly containerId: string; readonly manifest: Digest; readonly chainId: undefined }[] {
  const parent = join(root, "containers");
  return namesIn(parent).flatMap((id) => {
    const birth = id.startsWith(".") ? undefined : readBirth(join(parent, id));
    const own = birth?.root.kind === "image" ? [{ containerId: id, manifest: birth.root.manifest, chainId: undefined }] : [];
    const mounted = (birth?.mounts ?? []).flatMap((mount) =>
      mount.kind === "image" && mount.manifest !== undefined
        ? [{ containerId: `${id} ${mount.destination}`, manifest: mount.manifest, chainId: undefined }]
        : [],
    );
    return [...own, ...mounted];
  });
}

/** Removes a tree as root of the user namespace with these maps, or as the caller. */
type RemoveTree = (path: string, maps: IdMaps | undefined) => Promise<void>;

/** What the container could write to. */
const WRITTEN = ["upper", "work", "copy"] as const;

/**
 * Takes all of it away, the record last: at once where that can be done by plain calls, else (files of mapped users, modes that keep their owner
 * out, nests deeper than a path can name) by `stubborn`. Whoever calls has seen the container's end: nobody changes the tree meanwhile.
 */
export async function removeContainerDirectory(directory: string, stubborn: RemoveTree): Promise<void> {
  const maps = readBirth(directory)?.birth.maps;
  // overlayfs leaves a directory of mode 0 in its own, which only privileges look into.
  const own = join(directory, "work/work");
  if (maps !== undefined && existsSync(own)) chmodSync(own, 0o700);
  for (const part of WRITTEN) {
    const path = join(directory, part);
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      await stubborn(path, maps);
    }
  }
  rmSync(directory, { recursive: true, force: true });
}
