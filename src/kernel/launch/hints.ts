// What to do where an errno misleads: keyed by op and errno, or, where the field tells more than the op, by field and errno.
import type { Errno } from "../../base/errno.ts";
import type { OpName } from "../plan/ops.ts";

const INTERRUPTED = "what was made is taken back";

const NO_NF_TABLES = "networks take nf_tables: load it (modprobe nf_tables nft_nat), or use --network none or host";

export const HINTS: Partial<Record<OpName, Partial<Record<Errno, string>>>> = {
  clone: {
    ENOSPC: "the limit of nested or total namespaces is reached: see /proc/sys/user/max_*_namespaces",
    EUSERS: "the limit of nested or total user namespaces is reached: see /proc/sys/user/max_user_namespaces",
    EPERM: "user namespaces may be switched off: see /proc/sys/kernel/unprivileged_userns_clone and apparmor_restrict_unprivileged_userns",
    EBUSY: "the cgroup has children with controllers switched on, so it cannot hold processes (cgroups(7), no internal processes)",
  },
  unshare: { ENOSPC: "the limit of nested namespaces is reached: see /proc/sys/user/max_*_namespaces" },
  mkdir: {
    EACCES: "without root this needs a delegated cgroup (systemd: Delegate=yes)",
    EROFS: "the cgroup file system is mounted read-only",
  },
  netlinkPart: { EPROTONOSUPPORT: NO_NF_TABLES },
  netlinkDump: { EPROTONOSUPPORT: NO_NF_TABLES },
  holdPorts: { EADDRINUSE: "a program of the host has this port" },
  forwardPort: {
    EADDRINUSE: "a program of the host has this port",
    EACCES: "ports below net.ipv4.ip_unprivileged_port_start (sysctl) are root's",
  },
  readOut: { EINVAL: "it is not a regular file", EFBIG: "it is larger than any such file has reason to be" },
  openIn: { ELOOP: "a symbolic link in the root file system stands in the way" },
  refuseFs: { EXDEV: "a symbolic link in the root file system leads it into procfs" },
  checkFs: { EXDEV: "it is not of the file system that belongs there" },
  checkDevice: { ENODEV: "the host's file of that name is not this device" },
  moveMount: { ENOSPC: "the limit of mounts is reached: see /proc/sys/fs/mount-max" },
  fsMount: {
    EPERM: "a user namespace may mount this file system only where the host shows all of its own instance",
    ENODEV: "the kernel has no such file system: see /proc/filesystems",
  },
  rlimit: { EPERM: "the limit is above the hard limit of the caller and CAP_SYS_RESOURCE is missing" },
  seccomp: { EINVAL: "the kernel refused the filter or one of its flags", EACCES: "without CAP_SYS_ADMIN a filter needs noNewPrivileges" },
  capSet: { EPERM: "a capability that was asked for is not in the caller's bounding set" },
  await: { EINTR: INTERRUPTED },
  recvFd: { EINTR: INTERRUPTED },
  recvValue: { EINTR: INTERRUPTED },
  run: { EINTR: INTERRUPTED },
  chdir: {
    ENOENT: "the directory is missing, or lies outside of the container's root file system",
    EROFS: "the directory is missing, and the root file system is read-only, so that it cannot be made",
  },
  makeIn: { EROFS: "it is missing, and cannot be made in a read-only file system" },
  monitorLog: {
    ENOENT: "nothing is there that takes it: for the journal, systemd-journald must run; else choose another --log-driver",
    ECONNREFUSED: "systemd-journald does not run: start it, or choose another --log-driver",
    E2BIG: "labels and options that go to the log are more than 8 KiB",
  },
  mempolicy: { EINVAL: "not every node may be there, or allowed to the container: see /sys/devices/system/node/online" },
  mountSetattr: { EINVAL: "the file system may not support id-mapped mounts, or the kernel is older than 5.12" },
};

/** These come first. */
export const FIELD_HINTS: Readonly<Record<string, Partial<Record<Errno, string>>>> = {
  "image.layers": {
    EPERM: "without root, overlayfs takes Linux 5.11 or newer",
    EINVAL: "overlayfs refuses it: directories of containers must lie on a file system with extended attributes that is no overlay itself",
    ESTALE: "the writable layer was used over other layers before",
  },
  "process.terminal": { ENOENT: "a terminal takes a mount of type devpts on /dev/pts" },
  "process.oomScoreAdj": { EACCES: "a score below the caller's own takes CAP_SYS_RESOURCE on the host" },
};
