// Devices of the host by number: those that a container was given, all of them for a privileged one, and block devices with limits.
import { lstatSync, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { join, posix } from "node:path";
import { TeuError } from "../../../base/errors.ts";
import { failedWith } from "../../../base/file-errno.ts";
import type { HostDevice } from "../../../containers/config/container-options.ts";
import type { BlockDeviceLimit, DeviceRequest, IsolationOptions } from "../../../containers/config/isolation.ts";
import { deviceNumbers } from "../../../kernel/devices/numbers.ts";
import type { BlockIoResources } from "../../../spec/runtime/config.ts";

export interface HostDevices {
  readonly devices?: readonly HostDevice[];
  readonly blockIO?: BlockIoResources;
}

/** @throws TeuError `not-found` or `invalid` for a path that is no device */
export function hostDevices({ privileged, devices = [], blockDevices = [] }: IsolationOptions): HostDevices {
  const asked = devices.flatMap(devicesOf);
  const places = new Set(asked.map(({ path }) => path));
  const all = [...asked, ...(privileged ? everyDevice().filter(({ path }) => !places.has(path)) : [])];
  return {
    ...(all.length === 0 ? {} : { devices: all }),
    ...(blockDevices.length === 0 ? {} : { blockIO: blockLimits(blockDevices) }),
  };
}

/** A node, through links, or the nodes of a directory. */
function devicesOf({ source, destination, access }: DeviceRequest): HostDevice[] {
  const stats = statOf(source);
  if (!stats.isDirectory()) return [deviceAt(destination, stats, access) ?? refuse(source)];
  const found = nodesBelow(source).flatMap((path) => {
    const device = deviceAt(posix.join(destination, path.slice(source.length)), lstatSync(path), access);
    return device === undefined ? [] : [device];
  });
  return found.length === 0 ? refuse(source) : found;
}

function statOf(path: string): Stats {
  try {
    return statSync(realpathSync(path));
  } catch (error) {
    if (!failedWith(error, "ENOENT", "ENOTDIR")) throw error;
    throw new TeuError("not-found", `give the container device ${path}: there is no such file on this host (ENOENT)`);
  }
}

function refuse(path: string): never {
  throw new TeuError("invalid", `give the container device ${path}: it is neither a device nor a directory of devices`);
}

function deviceAt(path: string, stats: Stats, access: string): HostDevice | undefined {
  const type = stats.isCharacterDevice() ? "c" : stats.isBlockDevice() ? "b" : undefined;
  if (type === undefined) return undefined;
  const { mode, uid, gid, rdev } = stats;
  return { path, type, ...deviceNumbers(rdev), fileMode: mode & 0o777, uid, gid, access };
}

/** What of /dev is a container's own, or no device: dockerd's list. */
const NOT_GIVEN: ReadonlySet<string> = new Set(["pts", "shm", "fd", "mqueue", ".lxc", ".lxd-mounts", ".udev", "console", "ptmx"]);

function everyDevice(): HostDevice[] {
  return readdirSync("/dev")
    .filter((name) => !NOT_GIVEN.has(name))
    .flatMap((name) => {
      const path = join("/dev", name);
      const nodes = lstatSync(path).isDirectory() ? nodesBelow(path) : [path];
      return nodes.flatMap((node) => deviceAt(node, lstatSync(node), "rwm") ?? []);
    });
}

/** Everything below a directory that is none itself; links are not followed. A directory that is closed to us has nothing. */
function nodesBelow(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
      const path = join(directory, entry.name);
      return entry.isDirectory() ? nodesBelow(path) : [path];
    });
  } catch (error) {
    if (failedWith(error, "EACCES", "ENOENT")) return [];
    throw error;
  }
}

function blockLimits(limits: readonly BlockDeviceLimit[]): BlockIoResources {
  const rows = limits.map(({ path, kind, value }) => {
    const stats = statOf(path);
    if (!stats.isBlockDevice()) throw new TeuError("invalid", `limit the use of device ${path}: it is no block device`);
    return { kind, numbers: deviceNumbers(stats.rdev), value };
  });
  const weights = rows.filter(({ kind }) => kind === "weightDevice").map(({ numbers, value }) => ({ ...numbers, weight: value }));
  const rates = (wanted: BlockDeviceLimit["kind"]) =>
    rows.filter(({ kind }) => kind === wanted).map(({ numbers, value }) => ({ ...numbers, rate: value }));
  const lists = {
    weightDevice: weights,
    throttleReadBpsDevice: rates("throttleReadBpsDevice"),
    throttleWriteBpsDevice: rates("throttleWriteBpsDevice"),
    throttleReadIOPSDevice: rates("throttleReadIOPSDevice"),
    throttleWriteIOPSDevice: rates("throttleWriteIOPSDevice"),
  };
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
}
