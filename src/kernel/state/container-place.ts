// A container's files as its programs see them, for sessions on trees (kernel/tree): one that runs is entered through the root directory of its
// first process; of one that does not, root and mounts are put together in a mount namespace that nobody else sees. Either way a path
// inside is opened below a descriptor of the container's root, which no link, and nobody who swaps one, leads out of (CVE-2018-15664),
// and nothing of the container is ever executed or loaded (CVE-2019-14271).
import { closeSync, readlinkSync, statSync } from "node:fs";
import type { Mount } from "../../spec/runtime/config.ts";
import { openProcOps } from "../compile/proc.ts";
import { becomeRootOps } from "../compile/user-namespace.ts";
import type { MountContext } from "../mounts/context.ts";
import { idmapHelperOps } from "../mounts/idmap.ts";
import { mountOps } from "../mounts/mounts.ts";
import { type Op, op, type Register, type Registers } from "../plan/plan.ts";
import type { HostFacts } from "../probe/host-facts.ts";
import { rootOps } from "../rootfs/root.ts";
import { attachRootOps, isOverlay, overlayOps } from "../rootfs/root-mount.ts";
import { MOUNT_ATTR, MS } from "../tables/mount-flags.ts";
import { namespaceFacts } from "../tables/namespaces.ts";
import { AT, OPEN_COMMON, openFlags } from "../tables/open-flags.ts";
import { HELPER, PLACE_FD, type TreePlace, type TreeUserNamespace } from "../tree/place.ts";
import { openInit } from "./exec.ts";
import type { Container } from "./query.ts";

/** Where ops come from, by which whoever catches a KernelError knows what failed: the way to the directory, or the container itself. */
export const PLACE = { path: "container path", mounts: "container mounts" } as const;

/** A container's files, open for any number of sessions until it is disposed of. */
export interface ContainerPlaces extends Disposable {
  /** A directory in the container, absolute in there; links in its path are followed. */
  directory(path: string): TreePlace;
}

/**
 * Those of a container that runs, or is paused.
 * @throws TeuError `conflict` when it has just ended
 */
export function runningPlaces(container: Container, facts: HostFacts): ContainerPlaces {
  const init = openInit(container);
  const joins = namespaceOf(`/proc/self/fd/${init}/ns/user`) !== namespaceOf("/proc/self/ns/user");
  const { flag } = namespaceFacts("user");
  return {
    directory: (path) => ({
      descriptors: [init],
      host: (registers) => {
        const from = PLACE.mounts;
        const [process, root, user] = [registers.named("init"), registers.named("container"), registers.named("user")];
        return [
          op("adopt", { fd: PLACE_FD, out: process }, from),
          op("open", { dir: process, path: "root", flags: OPEN_COMMON.O_PATH, mode: 0, out: root }, from),
          ...(joins ? [op("open", { dir: process, path: "ns/user", flags: OPEN_COMMON.O_RDONLY, mode: 0, out: user }, from)] : []),
          op("close", { fd: process }, from),
        ];
      },
      // A process of its own: what enters a user namespace cannot come back.
      ...(joins ? { child: { flags: 0 } } : {}),
      open: (registers, out) => [
        ...(joins ? [op("setns", { fd: registers.named("user"), types: flag }, PLACE.mounts), ...becomeRootOps()] : []),
        openDirectoryOp(registers.named("container"), path, { out, facts }),
      ],
    }),
    [Symbol.dispose]: () => closeSync(init),
  };
}

const namespaceOf = (path: string) => readlinkSync(path);

/** What a container that does not run would have. */
export interface StillRoot {
  /** A bind of a directory, or an overlay. */
  readonly root: Mount;
  readonly mounts: readonly Mount[];
  readonly readonly: boolean;
  /** Without root: the user namespace that its files are seen in. */
  readonly userns: TreeUserNamespace | undefined;
}

/** File systems that begin empty with each run, or are the kernel's: nothing in them is the container's to keep. */
const FLEETING: ReadonlySet<string | undefined> = new Set(["proc", "sysfs", "tmpfs", "devpts", "mqueue", "cgroup", "cgroup2"]);
const KERNELS = /^\/(proc|sys|dev)(\/|$)/;

/** Those of a container that does not run. */
export function stillPlaces({ root: rootMount, mounts, readonly, userns }: StillRoot, facts: HostFacts): ContainerPlaces {
  const flags = namespaceFacts("mount").flag | (userns === undefined ? 0 : namespaceFacts("user").flag);
  const lasting = mounts.filter(({ type, destination }) => !FLEETING.has(type) && !KERNELS.test(destination));
  const maps = userns === undefined && lasting.some(isMapped);
  return {
    directory: (path) => ({
      ...(maps ? { host: (registers: Registers) => mapOps(lasting, { registers, facts }), helper: idmapHelperOps } : {}),
      child: { flags, ...(userns === undefined ? {} : { userns }) },
      open: (registers, out) => {
        const root = registers.named("container");
        return [
          ...rootOf(rootMount, { registers, root, facts }),
          ...mountsOf(lasting, { registers, root, facts }),
          ...(readonly ? [readonlyOp(root)] : []),
          openDirectoryOp(root, path, { out, facts }),
        ];
      },
    }),
    [Symbol.dispose]: () => {},
  };
}

const isMapped = ({ uidMappings, options = [] }: Mount) => uidMappings !== undefined || options.some((option) => /^r?idmap$/.test(option));

/** The user namespaces of mounts that map ids, made before the child is. */
function mapOps(mounts: readonly Mount[], { registers, facts }: Omit<Surroundings, "root">): Op[] {
  const surroundings = { registers, root: registers.named("container"), facts };
  return [...openProcOps(registers.named("proc"), facts.arch), ...mountOps(mounts, contextOf(surroundings)).host];
}

interface Surroundings {
  readonly registers: Registers;
  readonly root: Register;
  readonly facts: HostFacts;
}

/** The root, mounted over the namespace's own, in which nothing that is mounted now is seen by anybody else. */
function rootOf(mount: Mount, { registers, root, facts }: Surroundings): Op[] {
  const cutOff = { dir: undefined, path: "/", flags: AT.RECURSIVE, set: 0, clear: 0, propagation: MS.PRIVATE, userns: undefined };
  const first = op("mountSetattr", cutOff, PLACE.mounts);
  if (!isOverlay(mount)) return [first, ...rootOps(NO_PROPAGATION, { registers, root, path: mount.source ?? "" })];
  return [first, ...overlayOps(mount, { registers, root, kernel: facts.kernel }), ...attachRootOps({ registers, root, path: "/" })];
}

/** What rootOps asks of a configuration: no propagation, so that the clone is private. */
const NO_PROPAGATION = { ociVersion: "1.3.0", root: { path: "/", readonly: false } };

function mountsOf(mounts: readonly Mount[], surroundings: Surroundings): readonly Op[] {
  const { child, late } = mountOps(mounts, contextOf(surroundings));
  return [...child, ...late];
}

function contextOf({ registers, root, facts }: Surroundings): MountContext {
  return {
    registers,
    root,
    ...(facts.rootless ? {} : { idmap: { section: HELPER, proc: registers.named("proc") } }),
    bundle: "/",
    sourceKind,
    own: new Set(["mount"]),
    unprivileged: facts.rootless,
    cgroup: { v1: [] },
    openSourcesInHost: false,
  };
}

function sourceKind(path: string): "directory" | "file" | "missing" {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? "missing" : stats.isDirectory() ? "directory" : "file";
}

function readonlyOp(root: Register): Op {
  const attributes = { set: MOUNT_ATTR.RDONLY, clear: 0, propagation: 0, userns: undefined };
  return op("mountSetattr", { dir: root, path: "", flags: 0, ...attributes }, PLACE.mounts);
}

/** A directory, not a link to one that anybody could put there meanwhile: below the root, wherever links lead. */
function openDirectoryOp(root: Register, path: string, { out, facts }: { readonly out: Register; readonly facts: HostFacts }): Op {
  const { O_PATH, O_DIRECTORY } = openFlags(facts.arch);
  return op("openIn", { root, path, flags: O_PATH | O_DIRECTORY, mode: 0, resolve: 0, out }, { from: PLACE.path, subject: path });
}
