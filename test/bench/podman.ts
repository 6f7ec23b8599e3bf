// podman with storage of its own in the scratch directory, told what this kind of test machine cannot grant.
import { readdir, rmdir } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Bench } from "./bench.ts";

// root without CAP_SYS_RESOURCE may not raise the hard limits that podman sets by itself
const LIMITS = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"];

export interface PodmanCall {
  readonly runtime: "crun" | "runc";
  /** `run` and its own options. */
  readonly verb: readonly string[];
  /** The container's command. */
  readonly args: readonly string[];
}

/** podman's global options. */
export function podman(bench: Bench, runtime: PodmanCall["runtime"]): readonly string[] {
  const storage = ["--root", `${bench.directory}/podman`, "--runroot", `${bench.directory}/podman-run`, "--storage-driver", "vfs"];
  const habits = ["--cgroup-manager", "cgroupfs", "--events-backend", "file", "--runtime", bench.programs[runtime].path];
  return [bench.programs.podman.path, ...storage, ...habits];
}

/** The words of a `podman run` on the bench's root file system. */
export function podmanCommand(bench: Bench, { runtime, verb, args }: PodmanCall): readonly string[] {
  return [
    ...podman(bench, runtime),
    ...verb,
    "--network",
    "none",
    "--cgroup-parent",
    "/teu-bench",
    ...LIMITS,
    "--rootfs",
    bench.bundles.rootfs,
    ...args,
  ];
}

const CGROUPS = "/sys/fs/cgroup";
const cgroupParent = ({ directory }: Pick<Bench, "directory">) => `/${basename(directory)}`;

async function removeTree(directory: string): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(directory, entry.name));
  await rmdir(directory).catch(() => undefined);
}

/** Removes the parent cgroups, which podman leaves in every hierarchy. */
export async function removeCgroups(bench: Pick<Bench, "directory">): Promise<void> {
  const hierarchies = (await readdir(CGROUPS)).map((name) => join(CGROUPS, name));
  for (const hierarchy of [CGROUPS, ...hierarchies]) await removeTree(join(hierarchy, cgroupParent(bench)));
}
