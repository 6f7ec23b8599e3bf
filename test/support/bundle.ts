// Makes OCI bundles (runtime-spec, bundle.md): a directory with config.json and a root file system. The configuration is what the
// field's `spec` commands write, isolated in every namespace, so that a test states only what it is about.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Linux, Mount, Process, RuntimeConfig } from "../../src/spec/runtime/config.ts";
import { busyboxRootfs, copyRootfs } from "./rootfs.ts";
import type { TestRoots } from "./roots.ts";
import type { Account } from "./user.ts";

export interface BundleOptions {
  readonly roots: TestRoots;
  /** Name of the bundle's directory and end of its cgroup's path; "bundle" by default. */
  readonly name?: string;
  readonly args?: readonly string[];
  /** Changes to `process`, over the default. */
  readonly process?: Partial<Process>;
  /** Changes to `linux`, over the default. */
  readonly linux?: Partial<Linux>;
  /** The last word on the whole configuration; also for what breaks the specification on purpose. */
  readonly tweak?: (config: RuntimeConfig) => unknown;
  /** A root file system to use as it is; by default the bundle gets its own copy of busybox. */
  readonly rootfs?: string;
  /** For a rootless container of this account: a user namespace, no cgroup path, files owned by it. */
  readonly user?: Account;
}

const CAPABILITIES = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"];

const MASKED = ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/sched_debug", "/sys/firmware"];
const READONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

const MOUNTS: readonly Mount[] = [
  { destination: "/proc", type: "proc", source: "proc" },
  { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755", "size=65536k"] },
  { destination: "/dev/pts", type: "devpts", source: "devpts", options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"] },
  { destination: "/dev/shm", type: "tmpfs", source: "shm", options: ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"] },
  { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"] },
];
// A rootless container owns no network namespace's sysfs unless it made one; with `network` new in both, sysfs is mountable.
const SYSFS = { destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"] };

/** The default configuration of a test's container. */
export function defaultConfig(options: Pick<BundleOptions, "args" | "user">): RuntimeConfig {
  const rootless = options.user;
  return {
    ociVersion: "1.0.2",
    process: {
      terminal: false,
      user: { uid: 0, gid: 0 },
      args: options.args ?? ["sh"],
      env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
      cwd: "/",
      capabilities: { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES },
      noNewPrivileges: true,
    },
    root: { path: "rootfs" },
    hostname: "container",
    mounts: [...MOUNTS, SYSFS],
    linux: {
      namespaces: [
        { type: "pid" },
        { type: "network" },
        { type: "ipc" },
        { type: "uts" },
        { type: "mount" },
        { type: "cgroup" },
        ...(rootless === undefined ? [] : [{ type: "user" } as const]),
      ],
      ...(rootless === undefined
        ? {}
        : {
            uidMappings: [{ containerID: 0, hostID: rootless.uid, size: 1 }],
            gidMappings: [{ containerID: 0, hostID: rootless.gid, size: 1 }],
          }),
      maskedPaths: MASKED,
      readonlyPaths: READONLY,
    },
  };
}

/** Makes a bundle below the test's roots. @returns its directory. */
export async function bundle(options: BundleOptions): Promise<string> {
  const name = options.name ?? "bundle";
  const directory = options.roots.path(name);
  mkdirSync(directory, { recursive: true });
  const owner = options.user === undefined ? undefined : `${options.user.uid}:${options.user.gid}`;
  const base = defaultConfig(options);
  const config: RuntimeConfig = {
    ...base,
    root: { path: options.rootfs ?? (await copyRootfs(await busyboxRootfs(), join(directory, "rootfs"), owner)) },
    process: { cwd: "/", ...base.process, ...options.process },
    linux: {
      ...base.linux,
      ...(options.user === undefined ? { cgroupsPath: `/${options.roots.id(name)}` } : {}),
      ...options.linux,
    },
  };
  writeFileSync(join(directory, "config.json"), JSON.stringify(options.tweak?.(config) ?? config, null, 2));
  return directory;
}
