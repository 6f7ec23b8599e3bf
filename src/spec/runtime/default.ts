// Configurations that we write ourselves: what `spec` puts into a new bundle, and the parts that the engines (dockerd, podman)
// agree to give every container.
import type { CapabilitySets, DeviceRule, Linux, Mount, Namespace, RuntimeConfig } from "./config.ts";
import type { CapabilityName } from "./names.ts";
import { OCI_VERSION } from "./version.ts";

const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The group `tty` of nearly every distribution: owns terminals, so that write(1) can reach them (pts(4)). */
const TTY_GROUP = 5;

// biome-ignore format: table
const MOUNTS: readonly Mount[] = [
  { destination: "/proc",          type: "proc",   source: "proc",   options: ["nosuid", "noexec", "nodev"] },
  { destination: "/dev",           type: "tmpfs",  source: "tmpfs",  options: ["nosuid", "strictatime", "mode=755", "size=65536k"] },
  { destination: "/dev/pts",       type: "devpts", source: "devpts",
    options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", `gid=${TTY_GROUP}`] },
  { destination: "/dev/shm",       type: "tmpfs",  source: "shm",    options: ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"] },
  { destination: "/dev/mqueue",    type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"] },
  { destination: "/sys",           type: "sysfs",  source: "sysfs",  options: ["nosuid", "noexec", "nodev", "ro"] },
  { destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid", "noexec", "nodev", "relatime", "ro"] },
];

/** sysfs shows the network namespace that it is mounted in; a user namespace that does not own that one may not mount it. */
const SYS_OF_HOST: Mount = { destination: "/sys", type: "none", source: "/sys", options: ["rbind", "nosuid", "noexec", "nodev", "ro"] };

/** What of /proc and /sys tells about the host or its other containers: dockerd's list. */
// biome-ignore format: table
const MASKED_PATHS: readonly string[] = [
  "/proc/acpi",
  "/proc/asound",
  "/proc/interrupts",               // tells of the activity of others: GHSA-6fw5-f8r9-fgfm
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/sched_debug",
  "/proc/scsi",                     // CVE-2017-16539
  "/proc/timer_list",
  "/proc/timer_stats",
  "/sys/devices/virtual/powercap",  // PLATYPUS: CVE-2020-8694, GHSA-jq35-85cj-fj4p
  "/sys/firmware",
];

const READONLY_PATHS: readonly string[] = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/** dockerd's fourteen. */
// biome-ignore format: table
const ENGINE_CAPABILITIES: readonly CapabilityName[] = [
  "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID",
  "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE",
];

const SPEC_CAPABILITIES: readonly CapabilityName[] = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"];

/** The same names in the three sets that count; never in the inheritable one (CVE-2022-29162), hence not in the ambient one. */
function capabilitySets(names: readonly string[]): CapabilitySets {
  return { bounding: names, effective: names, permitted: names };
}

const DENY_ALL_DEVICES: DeviceRule = { allow: false, access: "rwm" };

const NAMESPACES: readonly Namespace[] = [{ type: "pid" }, { type: "network" }, { type: "ipc" }, { type: "uts" }, { type: "mount" }];

export interface SpecOptions {
  /** Write a configuration that the user `uid`:`gid` can run. */
  readonly rootless: boolean;
  readonly uid: number;
  readonly gid: number;
  /** Give the container a cgroup namespace: for a host on cgroup v2, where it then sees its own subtree alone. */
  readonly cgroupNamespace?: boolean;
}

/** What `spec` writes into a new bundle: a shell in a terminal, on a read-only `rootfs`. */
export function defaultConfig(options: SpecOptions): RuntimeConfig {
  const namespaces: readonly Namespace[] = options.cgroupNamespace ? [...NAMESPACES, { type: "cgroup" }] : NAMESPACES;
  return {
    ociVersion: OCI_VERSION,
    process: {
      terminal: true,
      user: { uid: 0, gid: 0 },
      args: ["sh"],
      env: [PATH, "TERM=xterm"],
      cwd: "/",
      capabilities: capabilitySets(SPEC_CAPABILITIES),
      rlimits: [{ type: "RLIMIT_NOFILE", soft: 1024, hard: 1024 }],
      noNewPrivileges: true,
    },
    root: { path: "rootfs", readonly: true },
    hostname: "teu",
    mounts: options.rootless ? rootlessMounts() : MOUNTS,
    linux: {
      ...(options.rootless ? rootlessNamespaces(namespaces, options) : { namespaces, resources: { devices: [DENY_ALL_DEVICES] } }),
      maskedPaths: MASKED_PATHS,
      readonlyPaths: READONLY_PATHS,
    },
  };
}

/** Only ids that are mapped can own a file: of a single user, none but root. */
function rootlessMounts(): Mount[] {
  return MOUNTS.map((mount) => {
    if (mount.destination === "/sys") return SYS_OF_HOST;
    return { ...mount, options: mount.options?.filter((option) => !/^[ug]id=/.test(option)) ?? [] };
  });
}

/** The host's network, because there is nobody to connect another one, and the caller as root. */
function rootlessNamespaces(namespaces: readonly Namespace[], { uid, gid }: SpecOptions): Linux {
  return {
    namespaces: [...namespaces.filter((namespace) => namespace.type !== "network"), { type: "user" }],
    uidMappings: [{ containerID: 0, hostID: uid, size: 1 }],
    gidMappings: [{ containerID: 0, hostID: gid, size: 1 }],
  };
}

export interface EngineDefaults {
  readonly capabilities: CapabilitySets;
  readonly mounts: readonly Mount[];
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
  readonly environment: readonly string[];
}

/**
 * What the engine gives every container that asks for nothing else, as dockerd does.
 * @param throttledCpus numbers of the CPUs that have a `thermal_throttle` directory in sysfs, which tells of the load of others
 * (GHSA-6fw5-f8r9-fgfm)
 */
export function engineDefaults(throttledCpus: readonly number[]): EngineDefaults {
  return {
    capabilities: capabilitySets(ENGINE_CAPABILITIES),
    mounts: MOUNTS,
    maskedPaths: [...MASKED_PATHS, ...throttledCpus.map((cpu) => `/sys/devices/system/cpu/cpu${cpu}/thermal_throttle`)],
    readonlyPaths: READONLY_PATHS,
    environment: [PATH],
  };
}
