// Runs the mount part of a configuration with the real launcher: a child in namespaces of its own makes the mounts, pivots, and runs
// a shell script inside, whose output the test reads. The rootfs is a directory with busybox and nothing else.
import { expect } from "bun:test";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { devIsBound, deviceOps } from "../../src/kernel/devices/nodes.ts";
import type { CgroupView, MountContext } from "../../src/kernel/mounts/context.ts";
import { idmapHelperOps } from "../../src/kernel/mounts/idmap.ts";
import { mountOps } from "../../src/kernel/mounts/mounts.ts";
import { type Op, op, Registers } from "../../src/kernel/plan/plan.ts";
import { devSymlinkOps, ptmxOps } from "../../src/kernel/rootfs/dev.ts";
import { maskOps, readonlyPathOps } from "../../src/kernel/rootfs/paths.ts";
import { finalPropagationOps, pivotOps, propagationOps, readonlyRootOps, rootOps } from "../../src/kernel/rootfs/root.ts";
import { namespaceFacts } from "../../src/kernel/tables/namespaces.ts";
import { OPEN_COMMON } from "../../src/kernel/tables/open-flags.ts";
import type { IdMapping, NamespaceType, RuntimeConfig } from "../../src/spec/runtime/config.ts";
import { type PlanResult, runPlan } from "./run-plan.ts";

/** Debian's package busybox-static. */
export const BUSYBOX = "/usr/bin/busybox";

const APPLETS = [
  "cat",
  "chmod",
  "dd",
  "echo",
  "grep",
  "head",
  "ls",
  "mkdir",
  "mount",
  "readlink",
  "rm",
  "sh",
  "sleep",
  "stat",
  "test",
  "touch",
  "unshare",
];

/** A bundle in a directory of its own, removed on disposal. */
export interface Bundle extends Disposable {
  readonly dir: string;
  readonly rootfs: string;
}

export function makeBundle(): Bundle {
  const dir = mkdtempSync(join(tmpdir(), "teu-mounts-"));
  chmodSync(dir, 0o755);
  const rootfs = join(dir, "rootfs");
  for (const name of ["bin", "proc", "sys", "dev", "data", "tmp"]) mkdirSync(join(rootfs, name), { recursive: true });
  copyFileSync(BUSYBOX, join(rootfs, "bin/busybox"));
  for (const applet of APPLETS) symlinkSync("busybox", join(rootfs, "bin", applet));
  return { dir, rootfs, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) };
}

/** Makes the container's root the owner of its directories: in the user namespace above it is nobody to root's. */
export function giveAway({ rootfs }: Bundle): void {
  for (const name of ["", ...readdirSync(rootfs)]) chownSync(join(rootfs, name), 100_000, 100_000);
}

export interface InsideOptions {
  /** What of the configuration the test is about. */
  readonly config: Partial<RuntimeConfig>;
  /** Run by the container's shell. */
  readonly script: string;
  readonly cgroup?: CgroupView;
  /** Ops of the launcher before it makes the child. */
  readonly outside?: (registers: Registers) => readonly Op[];
  /** Ops of the launcher while the child waits. */
  readonly meanwhile?: (registers: Registers) => readonly Op[];
  /** Ops of the launcher when the child has ended. */
  readonly afterwards?: (registers: Registers) => readonly Op[];
  readonly noPivot?: boolean;
  readonly openSourcesInHost?: boolean;
  /** The mount point that the rootfs lies on. */
  readonly parentMount?: string;
  /** Ops of the child before anything else. */
  readonly first?: (registers: Registers) => readonly Op[];
}

const PROC = { destination: "/proc", type: "proc", source: "proc" };

/** Makes the container and runs the script in it. */
export function runInside(bundle: Bundle, options: InsideOptions): Promise<PlanResult> {
  const { config: part, script, cgroup = { v1: [] }, parentMount = "/" } = options;
  const config: RuntimeConfig = { ociVersion: "1.3.0", root: { path: "rootfs" }, ...part };
  const registers = new Registers();
  const [root, proc, pid] = [registers.named("root"), registers.named("proc"), registers.named("pid")];
  const types: readonly NamespaceType[] = [
    ...new Set([...(config.linux?.namespaces ?? []).map(({ type }) => type), "mount", "pid"] as const),
  ];
  const { uidMappings, gidMappings } = config.linux ?? {};
  const unprivileged = types.includes("user");
  const mounts = [PROC, ...(config.mounts ?? [])];
  const context: MountContext = {
    registers,
    root,
    bundle: bundle.dir,
    sourceKind,
    own: new Set(types),
    unprivileged,
    ...(uidMappings && gidMappings ? { idMaps: { uidMappings, gidMappings } } : {}),
    idmap: { section: 2, proc },
    cgroup,
    openSourcesInHost: options.openSourcesInHost === true,
  };
  const made = mountOps(mounts, context);
  const slots = { registers, root };
  const [near, far] = [registers.named("near"), registers.named("far")];
  const host = [
    op("open", { dir: undefined, path: "/proc", flags: OPEN_COMMON.O_PATH, mode: 0, out: proc }, "test"),
    ...(options.outside?.(registers) ?? []),
    ...made.host,
    op("channel", { a: near, b: far }, "test"),
    op("clone", { section: 1, flags: cloneFlags(types), cgroup: undefined, pid, pidfd: undefined }, "test"),
    ...(unprivileged ? writeMaps(registers, { uidMappings: uidMappings ?? [], gidMappings: gidMappings ?? [] }) : []),
    ...(options.meanwhile?.(registers) ?? []),
    op("signal", { channel: near, number: 1 }, "test"),
    op("reap", { pid }, "test"),
    ...(options.afterwards?.(registers) ?? []),
  ];
  const child = [
    op("await", { channel: far, number: 1 }, "test"),
    ...(unprivileged ? [op("setgid", { gid: 0 }, "test"), op("setuid", { uid: 0 }, "test")] : []),
    ...(options.first?.(registers) ?? []),
    ...propagationOps(config, { parentMount }),
    ...rootOps(config, { ...slots, path: bundle.rootfs }),
    ...made.child,
    ...deviceOps(config.linux?.devices ?? [], { registers, root, unprivileged, devIsBound: devIsBound(mounts) }),
    ...ptmxOps(slots),
    ...devSymlinkOps(slots),
    ...maskOps(config.linux?.maskedPaths ?? [], slots),
    ...readonlyPathOps(config.linux?.readonlyPaths ?? [], slots),
    ...pivotOps(slots, { noPivot: options.noPivot === true }),
    ...finalPropagationOps(config, slots),
    ...made.late,
    ...readonlyRootOps(config, slots),
    op("exec", { candidates: ["/bin/busybox"], argv: ["sh", "-c", script], env: ["PATH=/bin"] }, "test"),
  ];
  return runPlan([host, child, idmapHelperOps(registers)]);
}

function sourceKind(path: string): "directory" | "file" | "missing" {
  if (!existsSync(path)) return "missing";
  return statSync(path).isDirectory() ? "directory" : "file";
}

function cloneFlags(types: readonly NamespaceType[]): number {
  return types.reduce((flags, type) => flags | namespaceFacts(type).flag, 0);
}

function writeMaps(
  registers: Registers,
  maps: { readonly uidMappings: readonly IdMapping[]; readonly gidMappings: readonly IdMapping[] },
): Op[] {
  const [dir, pid, proc] = [registers.named("child proc"), registers.named("pid"), registers.named("proc")];
  const text = (list: readonly IdMapping[]) => list.map((map) => `${map.containerID} ${map.hostID} ${map.size}\n`).join("");
  return [
    op("openPid", { proc, pid, out: dir }, "test"),
    op("write", { dir, path: "uid_map", data: [text(maps.uidMappings)] }, "test"),
    op("write", { dir, path: "gid_map", data: [text(maps.gidMappings)] }, "test"),
  ];
}

/** A script that prints the container's mounts. */
export const SHOW = "cat /proc/self/mountinfo";

/** The output of a container that was made and ran to its end without complaint. */
export function succeeded(result: PlanResult): string {
  expect({ failure: result.failure, text: result.text, stderr: result.stderr }).toEqual({ failure: undefined, text: "", stderr: "" });
  return result.stdout;
}

/** A line of the container's mountinfo, which the script printed: proc_pid_mountinfo(5). */
export interface MountInfo {
  readonly at: string;
  readonly root: string;
  readonly options: readonly string[];
  readonly tags: readonly string[];
  readonly type: string;
  readonly source: string;
  readonly superOptions: readonly string[];
}

/** Reads the mountinfo lines in a script's output. */
export function mountInfo(output: string): MountInfo[] {
  return output.split("\n").flatMap((line) => {
    const [left = "", right] = line.split(" - ");
    if (right === undefined) return [];
    const [, , , root = "", at = "", options = "", ...tags] = left.split(" ");
    const [type = "", source = "", superOptions = ""] = right.split(" ");
    return [{ at, root, options: options.split(","), tags, type, source, superOptions: superOptions.split(",") }];
  });
}

/** The topmost mount at a place inside. */
export function mountAt(output: string, at: string): MountInfo | undefined {
  return mountInfo(output).findLast((mount) => mount.at === at);
}

/** The hierarchies of this host, each with the directory `own` below its mount point as the container's. */
export function hostCgroups(own: string): CgroupView {
  const lines = readFileSync("/proc/self/mountinfo", "utf8");
  const mounts = mountInfo(lines).filter(({ at }) => at.startsWith("/sys/fs/cgroup/"));
  const directory = ({ at }: MountInfo) => ({ mountpoint: at, directory: join(at, own) });
  const v1 = mounts.filter(({ type }) => type === "cgroup");
  const [v2] = mounts.filter(({ type }) => type === "cgroup2");
  const NOT_CONTROLLERS = new Set(["rw", "ro", "xattr"]);
  return {
    v1: v1.map((mount) => ({ ...directory(mount), controllers: mount.superOptions.filter((option) => !NOT_CONTROLLERS.has(option)) })),
    ...(v2 === undefined ? {} : { v2: { ...directory(v2), controllers: [] } }),
  };
}
