// The state directory of a container, `<root>/<id>/`:
//   state.json    what this file describes; written whole or not at all
//   maker         pid and start time of the command that makes it: until there is a record
//   config.json   the configuration, as it was validated
//   pid           the container's process, written by the launcher before that process may do anything
//   start.sock    the container waits here for `start`; gone once it was started
//   start-ops     origins of the ops that run at `start`, for error sentences
//   exit          how it ended, where a monitor saw it
// It is made before anything else of a container and deleted last, so `delete` can always clean what is there.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseContainerId } from "../../base/container-id.ts";
import { errnoPhrase } from "../../base/errno.ts";
import { TeuError } from "../../base/errors.ts";
import { failedWith } from "../../base/file-errno.ts";

export interface ContainerRecord {
  readonly version: 1;
  readonly id: string;
  readonly ociVersion: string;
  readonly bundle: string;
  readonly rootfs: string;
  /** The root is a mount of the container's own, of layers, attached over `rootfs`. */
  readonly layered?: true;
  /** RFC 3339 time of creation. */
  readonly created: string;
  /** The command that makes the container: while it lives, the container is `creating`. */
  readonly creator: { readonly pid: number; readonly start: string };
  /** Clock ticks after boot at which this was written: the process began soon after it, if at all. */
  readonly made: number;
  /** The uid that made it. */
  readonly owner: number;
  readonly annotations: Readonly<Record<string, string>>;
  /** Cgroup directories by controller (`unified` for v2); empty where the container has none of its own. */
  readonly cgroups: Readonly<Record<string, string>>;
  /** The group of resctrl that goes with the container. */
  readonly rdtGroup?: string;
  /** The systemd unit, with the systemd driver. */
  readonly unit?: string;
  /** Where that systemd is reached. */
  readonly unitSockets?: readonly { readonly path: string; readonly bus: boolean }[];
  /** True when the container shares its caller's session keyring, and so must what joins it. */
  readonly noNewKeyring?: boolean;
  /** Start time of the process in the `pid` file; not there when the creator was killed before it could look. */
  readonly start?: string;
  /** The launcher that stayed as its monitor, from the same moment on. */
  readonly monitor?: { readonly pid: number; readonly start: string };
}

const STATE_FILE = "state.json";
const MAKER_FILE = "maker";

/** The state directory of one container. @throws TeuError `invalid` for an id that is none, as it could lead out of the root */
export function containerDir(root: string, id: string): string {
  return join(root, parseContainerId(id));
}

/**
 * Makes the state directory. From its first moment on it says who makes it: it is made under a name of this process's own, which recover.ts of
 * the engine knows, and renamed.
 * @throws TeuError `conflict` when the id is taken.
 */
export function makeContainerDir(root: string, id: string, maker: ContainerRecord["creator"]): string {
  mkdirSync(root, { recursive: true, mode: 0o711 });
  const dir = containerDir(root, id);
  const made = join(root, nameOfMaking(id, maker));
  mkdirSync(made, { mode: 0o700 });
  try {
    writeFileSync(join(made, MAKER_FILE), `${maker.pid} ${maker.start}`, { mode: 0o600 });
    renameSync(made, dir); // onto one that is there, and never empty, it fails
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    if (failedWith(error, "EEXIST", "ENOTEMPTY", "ENOTDIR"))
      throw new TeuError("conflict", `create container ${id}: a container with this id exists already`);
    throw error;
  }
  return dir;
}

const BEING_MADE = /^\.new\.[^.].*\.(\d+)\.(\d+)$/;

/** What a directory is called while it is being made: whose it will be, and by which process. */
export function nameOfMaking(id: string, { pid, start }: ContainerRecord["creator"]): string {
  return `.new.${id}.${pid}.${start}`;
}

/** Who makes the directory of this name; undefined for any other. */
export function makerOf(name: string): ContainerRecord["creator"] | undefined {
  const [, pid, start] = BEING_MADE.exec(name) ?? [];
  return pid === undefined || start === undefined ? undefined : { pid: Number(pid), start };
}

/** Who makes a container that has no record yet; undefined where that is not known. */
export function readMaker(dir: string): ContainerRecord["creator"] | undefined {
  try {
    const [, pid, start] = /^(\d+) (\d+)$/.exec(readFileSync(join(dir, MAKER_FILE), "utf8")) ?? [];
    return pid === undefined || start === undefined ? undefined : { pid: Number(pid), start };
  } catch {
    return undefined;
  }
}

/** Writes the record aside, then renames: a reader sees the old one or the new one. */
export function writeRecord(dir: string, record: ContainerRecord): void {
  writeWhole(join(dir, STATE_FILE), JSON.stringify(record));
}

/** Writes a file of the state directory so that no reader sees half of it. Run state lies on a tmpfs: no fsync. */
export function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.tmp`, text, { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}

/** What runs cannot be told, and must not be guessed. */
export class DamagedRecordError extends TeuError {
  constructor(id: string, path: string) {
    super("internal", `read the state of container ${id}: ${path} is damaged; end it and remove its state with: teu rm --force`);
  }
}

/**
 * The record of a container; undefined when its creator died before it wrote one.
 * @throws TeuError `not-found` when there is no such container; DamagedRecordError
 */
export function readRecord(root: string, id: string): ContainerRecord | undefined {
  const dir = containerDir(root, id);
  const path = join(dir, STATE_FILE);
  try {
    const record = JSON.parse(readFileSync(path, "utf8")) as ContainerRecord; // written by writeRecord alone, mode 0600
    if (typeof record?.creator !== "object" || typeof record.cgroups !== "object") throw new DamagedRecordError(id, path);
    return record;
  } catch (error) {
    if (error instanceof SyntaxError) throw new DamagedRecordError(id, path);
    if (!failedWith(error, "ENOENT")) throw error;
    if (existsSync(dir)) return undefined;
    throw new TeuError("not-found", `container ${id} does not exist in ${root}: ${errnoPhrase(2)}`);
  }
}

/** Whether the state directory is that of the run that this is the record of, and not of a later one. */
export function isOfRun(root: string, { id, created }: ContainerRecord): boolean {
  try {
    return readRecord(root, id)?.created === created;
  } catch (error) {
    if (error instanceof TeuError) return false;
    throw error;
  }
}

/** The pid that the launcher wrote, if it came so far. */
export function readPid(dir: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(join(dir, "pid"), "utf8"), 10);
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** Ids of all containers below a root, in order. */
export function listIds(root: string): string[] {
  try {
    return readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    if (failedWith(error, "ENOENT")) return [];
    throw error;
  }
}

/** Deletes the state directory, the last step of every deletion. It goes at once for whoever looks: what is left of it after a kill has a name that begins with a dot. */
export function removeContainerDir(root: string, id: string): void {
  const dir = containerDir(root, id);
  const aside = join(root, `.gone-${id}`);
  try {
    renameSync(dir, aside);
  } catch (error) {
    if (!failedWith(error, "ENOENT")) rmSync(dir, { recursive: true, force: true }); // one that was left has this name already
  }
  removeWhole(aside);
}

const REMOVE_TRIES = 100;

/** A monitor that was just killed with its container may still write its last word there: what comes or goes meanwhile ends a removal too early. */
function removeWhole(directory: string): void {
  for (let tries = 1; existsSync(directory); tries++) {
    try {
      rmSync(directory, { recursive: true, force: true });
    } catch (error) {
      if (tries === REMOVE_TRIES || !failedWith(error, "ENOTEMPTY", "ENOENT")) throw error;
    }
  }
}
