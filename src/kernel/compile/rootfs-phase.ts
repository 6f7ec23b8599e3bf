// The child's file system, in two parts around the host's hooks: made, while the host's root is still there; then closed and pivoted to.
import { devIsBound, deviceOps } from "../devices/nodes.ts";
import type { Op } from "../plan/plan.ts";
import { consoleOps, devSymlinkOps, ptmxOps } from "../rootfs/dev.ts";
import { chrootOps, hasMountNamespace, openRootOps } from "../rootfs/inherited.ts";
import { maskOps, readonlyPathOps } from "../rootfs/paths.ts";
import { finalPropagationOps, pivotOps, propagationOps, readonlyRootOps, rootOps } from "../rootfs/root.ts";
import { attachRootOps, isOverlay, overlayOps } from "../rootfs/root-mount.ts";

import { capabilityMask } from "../tables/capabilities.ts";
import type { CreateContext } from "./context.ts";
import { rootMapsOf } from "./mount-context.ts";
import { reopenJoinedNullOps, reopenNullOps } from "./stdio.ts";
import { giveTerminalOps, openDevptsOp, openTerminalOps } from "./terminal.ts";
import { inUserNamespace } from "./user-namespace.ts";

/** True when the container has a new mount namespace; a joined one is as its maker left it. */
function makesMounts({ namespaces }: CreateContext): boolean {
  return !namespaces.joined.some(({ type }) => type === "mount");
}

/** Up to the point where hooks of the host find the container's file system complete. */
export function makeRootfsOps(context: CreateContext): Op[] {
  const { request, registers, slots, mounts } = context;
  const { config, facts } = request;
  if (!makesMounts(context)) return reopenJoinedNullOps(slots.root, { registers, proc: slots.proc, arch: facts.arch });
  const rootfs = { registers, root: slots.root };
  if (!hasMountNamespace(config)) return openRootOps(rootfs, request.rootfs);
  const bound = request.devIsHosts === true || devIsBound(config.mounts ?? []);
  const mayMake = (facts.capabilities.effective & capabilityMask(["CAP_MKNOD"])) !== 0n;
  const devices = {
    ...rootfs,
    unprivileged: facts.rootless || !mayMake || inUserNamespace(config.linux),
    devIsBound: bound,
    ...(request.hostNode === undefined ? {} : { hostNode: request.hostNode }),
  };
  return [
    ...propagationOps(config, { parentMount: request.parentMount }),
    ...rootOfContainerOps(context),
    ...mounts.child,
    ...deviceOps(config.linux?.devices ?? [], devices),
    ...(bound ? [] : [...devSymlinkOps(rootfs), ...ptmxOps(rootfs)]),
    ...stdioOps(context),
  ];
}

/** The directory that the configuration names, or the mount that takes its place. */
function rootOfContainerOps({ request, registers, slots }: CreateContext): Op[] {
  const { rootMount, config, rootfs: path, facts } = request;
  if (!isOverlay(rootMount)) return rootOps(config, { registers, root: slots.root, path: rootMount?.source ?? path });
  const root = { registers, root: slots.root };
  // Mapped ids may not get through the directories above the layers; everybody has a root directory.
  if (rootMapsOf(request) !== undefined) return attachRootOps({ ...root, path: "/" });
  return [...overlayOps(rootMount, { ...root, kernel: facts.kernel }), ...attachRootOps({ ...root, path })];
}

/** A terminal of the container's own, or what its caller gave it. */
function stdioOps(context: CreateContext): Op[] {
  const { registers, slots, request } = context;
  return request.config.process?.terminal === true ? terminalOps(context) : reopenNullOps(slots.root, { registers, proc: slots.proc });
}

function terminalOps({ request, registers, slots }: CreateContext): Op[] {
  const { process } = request.config;
  if (process?.terminal !== true || request.console === undefined) return [];
  return [
    openDevptsOp(slots.root, slots),
    ...openTerminalOps(process, slots),
    ...consoleOps(slots.ptySlave, { registers, root: slots.root }),
    ...giveTerminalOps(request, slots),
  ];
}

/** Hides what is to be hidden, makes the container's root the root, and read-only what is to be read-only. */
export function finishRootfsOps(context: CreateContext): Op[] {
  if (!makesMounts(context)) return [];
  const { request, registers, slots, mounts } = context;
  const { config, noPivot, procMounts } = request;
  const { maskedPaths = [], readonlyPaths = [], mountLabel } = config.linux ?? {};
  const rootfs = { registers, root: slots.root };
  if (!hasMountNamespace(config)) return chrootOps(rootfs);
  return [
    ...maskOps(maskedPaths, { ...rootfs, ...(mountLabel === undefined ? {} : { mountLabel }) }),
    ...readonlyPathOps(readonlyPaths, rootfs),
    ...pivotOps(rootfs, { noPivot, ...(procMounts === undefined ? {} : { procMounts }) }),
    ...finalPropagationOps(config, rootfs),
    ...mounts.late,
    ...readonlyRootOps(config, rootfs),
  ];
}
