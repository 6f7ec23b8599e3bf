// podman with storage of its own in the scratch directory, told what this kind of test machine cannot grant.
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
  return [...podman(bench, runtime), ...verb, "--network", "none", ...LIMITS, "--rootfs", bench.bundles.rootfs, ...args];
}
