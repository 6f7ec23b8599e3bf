// The bundles that all runtimes run: a busybox root file system and the configuration that `runc spec` and `crun spec` start people with.
import { chmod, copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { release } from "node:os";
import { join } from "node:path";
import { defaultSeccomp } from "../../src/kernel/seccomp/default.ts";
import type { Linux, Mount, RuntimeConfig } from "../../src/spec/runtime/config.ts";

const BUSYBOX = "/usr/bin/busybox";
const CAPABILITIES = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"];
const MASKED = ["acpi", "asound", "kcore", "keys", "latency_stats", "timer_list", "timer_stats", "sched_debug", "scsi"];
const READ_ONLY = ["bus", "fs", "irq", "sys", "sysrq-trigger"];

// biome-ignore format: table
const MOUNTS: readonly Mount[] = [
  { destination: "/proc", type: "proc", source: "proc" },
  { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755", "size=65536k"] },
  { destination: "/dev/pts", type: "devpts", source: "devpts", options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"] },
  { destination: "/dev/shm", type: "tmpfs", source: "shm", options: ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"] },
  { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"] },
  { destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"] },
  { destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid", "noexec", "nodev", "relatime", "ro"] },
];

const LINUX: Linux = {
  resources: { devices: [{ allow: false, access: "rwm" }] },
  namespaces: [{ type: "pid" }, { type: "network" }, { type: "ipc" }, { type: "uts" }, { type: "mount" }],
  maskedPaths: [...MASKED.map((name) => `/proc/${name}`), "/sys/firmware"],
  readonlyPaths: READ_ONLY.map((name) => `/proc/${name}`),
};

/** The default configuration; the process is `args`. */
function defaultConfig(rootfs: string, args: readonly string[]): RuntimeConfig {
  const capabilities = { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES };
  return {
    ociVersion: "1.0.2",
    root: { path: rootfs, readonly: true },
    hostname: "bench",
    mounts: MOUNTS,
    process: {
      user: { uid: 0, gid: 0 },
      args,
      env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
      cwd: "/",
      capabilities,
      rlimits: [{ type: "RLIMIT_NOFILE", hard: 1024, soft: 1024 }],
      noNewPrivileges: true,
    },
    linux: LINUX,
  };
}

function withSeccomp(config: RuntimeConfig): RuntimeConfig {
  const [major = 0, minor = 0] = release().split(".").map(Number);
  const arch = process.arch === "arm64" ? "aarch64" : "x86_64";
  return { ...config, linux: { ...config.linux, seccomp: defaultSeccomp({ arch, kernel: { major, minor }, capabilities: CAPABILITIES }) } };
}

/** As `runc spec --rootless` has it: one id mapped, no network namespace, no resources, the host's /sys bound. */
function withoutRoot(config: RuntimeConfig, id: number): RuntimeConfig {
  const mapping = [{ containerID: 0, hostID: id, size: 1 }];
  const { resources: _, ...linux } = config.linux ?? {};
  const plain = MOUNTS.filter((mount) => !mount.destination.startsWith("/sys")).map((mount) =>
    mount.type === "devpts" ? { ...mount, options: (mount.options ?? []).filter((option) => option !== "gid=5") } : mount,
  );
  const sys = { destination: "/sys", type: "none", source: "/sys", options: ["rbind", "nosuid", "noexec", "nodev", "ro"] };
  const namespaces = (linux.namespaces ?? []).map(({ type }) => ({ type: type === "network" ? "user" : type }) as const);
  return { ...config, mounts: [...plain, sys], linux: { ...linux, namespaces, uidMappings: mapping, gidMappings: mapping } };
}

export interface Bundles {
  /** The root file system, for engines that take a directory. */
  readonly rootfs: string;
  /** `/bin/true`, the default configuration. */
  readonly plain: string;
  /** The same with the engines' seccomp profile. */
  readonly seccomp: string;
  /** `sleep 1000`, for exec. */
  readonly sleeping: string;
  /** `/bin/true` for an ordinary user. */
  readonly rootless: string;
}

async function writeBundle(path: string, config: RuntimeConfig): Promise<string> {
  await mkdir(path);
  await writeFile(join(path, "config.json"), JSON.stringify(config));
  return path;
}

/** Makes all bundles below `directory`. @param rootlessId the ordinary user's uid and gid. */
export async function makeBundles(directory: string, rootlessId: number): Promise<Bundles> {
  const rootfs = join(directory, "rootfs");
  for (const part of ["bin", "proc", "dev", "sys", "etc", "tmp", "run"]) await mkdir(join(rootfs, part), { recursive: true });
  await copyFile(BUSYBOX, join(rootfs, "bin/busybox"));
  await chmod(join(rootfs, "bin/busybox"), 0o755);
  for (const applet of ["true", "sleep", "sh"]) await symlink("busybox", join(rootfs, "bin", applet));
  const config = defaultConfig(rootfs, ["/bin/true"]);
  return {
    rootfs,
    plain: await writeBundle(join(directory, "plain"), config),
    seccomp: await writeBundle(join(directory, "seccomp"), withSeccomp(config)),
    sleeping: await writeBundle(join(directory, "sleeping"), defaultConfig(rootfs, ["/bin/sleep", "1000"])),
    rootless: await writeBundle(join(directory, "rootless"), withoutRoot(config, rootlessId)),
  };
}
