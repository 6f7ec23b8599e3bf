// Device nodes of a container: runtime-spec 1.3 config-linux.md, "Devices" and "Default Devices". Made with mknod(2) where that is
// allowed, else bound from the host.
import { posix } from "node:path";
import type { Device, Mount } from "../../spec/runtime/config.ts";
import { type Op, op, type Register, type Registers } from "../plan/plan.ts";
import { MOUNT_ATTR, OPEN_TREE_CLONE } from "../tables/mount-flags.ts";
import { AT, FS_MAGIC, OPEN_COMMON, S_IF } from "../tables/open-flags.ts";

export interface DeviceContext {
  readonly registers: Registers;
  readonly root: Register;
  /** mknod(2) of a device would be EPERM: privileges hold in a user namespace only, or lack CAP_MKNOD. */
  readonly unprivileged: boolean;
  /** /dev is a bind mount, or the host's own: somebody else's directory, in which nothing is made. */
  readonly devIsBound: boolean;
  /** Where the host has the node of a device; without an answer, the container's own path is looked up there. */
  readonly hostNode?: HostNode;
}

/** Looks up a device that the container is to have at `path`; undefined where the host is not known to have it. */
export type HostNode = (device: {
  readonly path: string;
  readonly type: Device["type"];
  readonly major: number;
  readonly minor: number;
}) => string | undefined;

// biome-ignore format: table
const DEFAULT_DEVICES: readonly Device[] = [
  { path: "/dev/null",    type: "c", major: 1, minor: 3 },
  { path: "/dev/zero",    type: "c", major: 1, minor: 5 },
  { path: "/dev/full",    type: "c", major: 1, minor: 7 },
  { path: "/dev/random",  type: "c", major: 1, minor: 8 },
  { path: "/dev/urandom", type: "c", major: 1, minor: 9 },
  { path: "/dev/tty",     type: "c", major: 5, minor: 0 },
];

const DEFAULT_MODE = 0o666;

/** File types by the letters of mknod(1); `u`, an unbuffered device, is a character device to Linux. */
const FILE_TYPES: Readonly<Record<Device["type"], number>> = { b: S_IF.BLK, c: S_IF.CHR, u: S_IF.CHR, p: S_IF.IFO };

interface Node {
  readonly device: Device;
  readonly path: string;
  readonly type: number;
  readonly from: string;
}

/** True when a mount brings a whole /dev from elsewhere: devices, links, ptmx in it are then left alone. */
export function devIsBound(mounts: readonly Mount[]): boolean {
  return mounts.some(
    ({ destination, options = [], type }) =>
      posix.normalize(`/${destination}/`) === "/dev/" && (type === "bind" || options.includes("bind") || options.includes("rbind")),
  );
}

/** The ops that supply all devices: those of the configuration, then the default ones it does not name itself. */
export function deviceOps(devices: readonly Device[], context: DeviceContext): Op[] {
  const asked = devices.map((device, index) => nodeOf(device, `linux.devices[${index}]`));
  const taken = new Set(asked.map(({ path }) => path));
  const defaults = DEFAULT_DEVICES.map((device) => nodeOf(device, "default devices")).filter(({ path }) => !taken.has(path));
  return [...asked, ...defaults].filter(({ path }) => isOurs(path, context)).flatMap((node) => nodeOps(node, context));
}

function nodeOf(device: Device, from: string): Node {
  return { device, path: posix.normalize(`/${device.path}`), type: FILE_TYPES[device.type], from };
}

/** /dev/ptmx is a link into the container's devpts (rootfs/dev.ts), whatever the configuration's list says. */
function isOurs(path: string, { devIsBound: bound }: DeviceContext): boolean {
  return path !== "/dev/ptmx" && !(bound && path.startsWith("/dev/"));
}

function nodeOps(node: Node, context: DeviceContext): Op[] {
  // A FIFO is nobody's privilege.
  return context.unprivileged && node.type !== S_IF.IFO ? bindNode(node, context) : [makeNode(node, context)];
}

function makeNode({ device, path, type, from }: Node, { root }: DeviceContext): Op {
  const { major = 0, minor = 0, fileMode = DEFAULT_MODE, uid = 0, gid = 0 } = device;
  const mode = type | (fileMode & 0o7777);
  return op("mknod", { root, path, mode, major, minor, uid, gid }, { from, subject: `device ${path}` });
}

/**
 * The host's node, seen to be the device that was asked for, over an empty file. Read-only: a device is written to all the same, but
 * where the container's root is the host's, chmod(2) and chown(2) would reach the host's node.
 */
function bindNode({ device, path, type, from }: Node, { registers, root, hostNode }: DeviceContext): Op[] {
  const { major = 0, minor = 0 } = device;
  const policy = { from, subject: `device ${path}` };
  const [source, mount, target] = [registers.named("device"), registers.named("mount"), registers.named("target")];
  const host = hostNode?.({ path, type: device.type, major, minor }) ?? path;
  const attributes = { set: MOUNT_ATTR.RDONLY | MOUNT_ATTR.NOSUID | MOUNT_ATTR.NOEXEC, clear: 0, propagation: 0, userns: undefined };
  return [
    op("open", { dir: undefined, path: host, flags: OPEN_COMMON.O_PATH, mode: 0, out: source }, policy),
    op("checkDevice", { fd: source, type, major, minor }, policy),
    op("openTree", { dir: source, path: "", flags: AT.EMPTY_PATH | OPEN_TREE_CLONE, out: mount }, policy),
    op("mountSetattr", { dir: mount, path: "", flags: 0, ...attributes }, policy),
    op("makeIn", { root, path, mode: S_IF.REG | 0o644, out: target }, policy),
    op("refuseFs", { fd: target, magic: FS_MAGIC.proc }, policy),
    op("moveMount", { from: mount, to: target, flags: 0 }, policy),
    ...[target, mount, source].map((fd) => op("close", { fd }, policy)),
  ];
}
