// What a container of an image has on disk, `<root>/containers/<id>/`:
//   container.json   what this file describes; written before anything else
//   upper, work      what it writes over the image's layers; overlayfs's own
//   copy             in place of those two, where there is no overlay: the layers, and what it writes
//   volumes/<n>      the volumes that its image declares
//   hosts, hostname, resolv.conf    shown in its /etc
// Its state directory is made before and deleted after, so whoever finds one without state finds what a reboot has left: of a container that
// is to be kept it stays.
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { parseContainerId } from "../base/container-id.ts";
import type { Digest } from "../base/digest.ts";
import { TeuError } from "../base/errors.ts";
import type { IdMaps } from "../kernel/state/side-plan.ts";
import type { HealthCheck } from "../spec/image/image-config.ts";

/** What is to be known of a container besides its OCI configuration and state. */
export interface ContainerFacts {
  /** The name that was asked for. */
  readonly image: string;
  readonly imageId: Digest;
  readonly manifestDigest: Digest;
  /** What garbage collection must leave: directories of the unpacked layers, bottom to top. */
  readonly layers: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly exposedPorts: readonly string[];
  readonly stopSignal?: string;
  /** Seconds. */
  readonly stopTimeout?: number;
  readonly healthCheck?: HealthCheck;
}

export interface StoredContainer extends ContainerFacts {
  readonly version: 1;
  readonly id: string;
  /** RFC 3339. */
  readonly created: string;
  readonly args: readonly string[];
  /** To be removed at its end. */
  readonly remove: boolean;
  /** It has a copy of the layers. */
  readonly copied?: true;
  /** Where its state is, and since which start of the machine: there it is looked for. */
  readonly runRoot: string;
  readonly boot: string;
  /** The command that made it. */
  readonly creator: { readonly pid: number; readonly start: string };
  /** Its files are other users' too: those of the caller's user namespace. */
  readonly maps?: IdMaps;
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
  volume(index: number): string;
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
    volume: (index) => join(directory, "volumes", `${index}`),
  };
}

export interface ContainerFiles {
  readonly volumes: number;
  readonly hostname: string;
  readonly network: "none" | "host";
}

/**
 * Makes all of it, or nothing.
 * @throws TeuError `conflict` when there is one of this id
 */
export function makeContainerDirectory(root: string, stored: StoredContainer, files: ContainerFiles): void {
  const paths = containerPaths(root, stored.id);
  // Others may pass through, so that ids of a user namespace reach what is theirs; names are seen by nobody.
  mkdirSync(dirname(paths.directory), { recursive: true, mode: 0o711 });
  makeOwn(paths.directory, stored.id);
  try {
    fill(paths, stored, files);
  } catch (error) {
    rmSync(paths.directory, { recursive: true, force: true });
    throw error;
  }
}

function makeOwn(directory: string, id: string): void {
  try {
    mkdirSync(directory, { mode: 0o711 });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    throw new TeuError("conflict", `create container ${id}: ${directory} is of another one, which teu rm ${id} removes`);
  }
}

function fill(paths: ContainerPaths, stored: StoredContainer, files: ContainerFiles): void {
  writeFileSync(`${paths.record}.tmp`, JSON.stringify(stored), { mode: 0o600 });
  renameSync(`${paths.record}.tmp`, paths.record);
  if (stored.copied) mkdirSync(paths.copy, { mode: 0o755 });
  else {
    mkdirSync(paths.work, { mode: 0o700 });
    makeUpper(paths.upper, stored.layers.at(-1));
  }
  if (files.volumes > 0) mkdirSync(join(paths.directory, "volumes"), { mode: 0o711 });
  for (let index = 0; index < files.volumes; index++) mkdirSync(paths.volume(index), { mode: 0o755 });
  writeFileSync(paths.hostname, `${files.hostname}\n`, { mode: 0o644 });
  writeFileSync(paths.hosts, hostsText(files), { mode: 0o644 });
  writeFileSync(paths.resolvConf, resolverText(files), { mode: 0o644 });
}

/** The root directory that a container sees is the upper one: it has owner and mode of the image's. */
function makeUpper(upper: string, top: string | undefined): void {
  mkdirSync(upper, { mode: 0o755 });
  const stats = top === undefined ? undefined : statSync(top, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (process.geteuid?.() === 0) chownSync(upper, stats.uid, stats.gid);
  chmodSync(upper, stats.mode & 0o7777);
}

const LOOPBACK = ["127.0.0.1\tlocalhost", "::1\tlocalhost ip6-localhost ip6-loopback", "ff02::1\tip6-allnodes", "ff02::2\tip6-allrouters"];

/** hosts(5): the host's names hold where its network is shared; else a container knows itself. */
function hostsText({ network, hostname }: ContainerFiles): string {
  const known = network === "host" ? readHostFile("/etc/hosts") : undefined;
  return known ?? `${[...LOOPBACK, `127.0.0.1\t${hostname}`].join("\n")}\n`;
}

/** resolv.conf(5): without a network there is nobody to ask. */
function resolverText({ network }: ContainerFiles): string {
  return (network === "host" ? readHostFile("/etc/resolv.conf") : undefined) ?? "";
}

function readHostFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // a host without one, as in the smallest guests
  }
}

/** The record; undefined where there is none, or none that is whole. */
export function readStored(root: string, id: string): StoredContainer | undefined {
  try {
    return JSON.parse(readFileSync(containerPaths(root, id).record, "utf8")) as StoredContainer; // written above, mode 0600, by rename
  } catch {
    return undefined;
  }
}

/** The containers below a root, with the manifests that they were made from. */
export function containerImages(root: string): { readonly containerId: string; readonly manifest: Digest; readonly chainId: undefined }[] {
  return containerNames(root).flatMap((id) => {
    const stored = readStored(root, id);
    return stored === undefined ? [] : [{ containerId: id, manifest: stored.manifestDigest, chainId: undefined }];
  });
}

/** Names of the containers' directories. */
export function containerNames(root: string): string[] {
  try {
    return readdirSync(join(root, "containers"));
  } catch {
    return []; // no container has been made
  }
}

/** Removes a tree as root of the user namespace with these maps, or as the caller. */
export type RemoveTree = (path: string, maps: IdMaps | undefined) => Promise<void>;

/** What the container could write to. */
const WRITTEN = ["upper", "work", "copy", "volumes"] as const;

/**
 * Takes all of it away, the record last: at once where that can be done by plain calls, else (files of mapped users, modes that keep their owner
 * out, nests deeper than a path can name) by `stubborn`. Whoever calls has seen the container's end: nobody changes the tree meanwhile.
 */
export async function removeContainerDirectory(root: string, id: string, stubborn: RemoveTree): Promise<void> {
  const { directory, work } = containerPaths(root, id);
  if (!existsSync(directory)) return;
  const maps = readStored(root, id)?.maps;
  // overlayfs leaves a directory of mode 0 in its own, which only privileges look into.
  if (maps !== undefined && existsSync(join(work, "work"))) chmodSync(join(work, "work"), 0o700);
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
