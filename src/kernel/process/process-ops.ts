// The container's process between `start` and execve (runtime-spec config.md, "Process"): everything that is not a namespace, mount or cgroup.
import type { Process } from "../../spec/runtime/config.ts";
import { type Op, op, type Register } from "../plan/plan.ts";
import { RLIMITS } from "../tables/rlimits.ts";

/** How a search for the program goes where the environment has no PATH: as execvp(3) of glibc. */
const DEFAULT_PATH = "/bin:/usr/bin";
const DEFAULT_UMASK = 0o022;

/** Host section: limits of the waiting child, set with the caller's privileges. */
export function rlimitOps(process: Process, pid: Register): Op[] {
  return (process.rlimits ?? []).map(({ type, soft, hard }, index) =>
    op("rlimit", { pid, resource: RLIMITS[type], soft, hard }, { from: `process.rlimits[${index}]`, subject: type }),
  );
}

/** The places where a program of this name may be, in order: PATH is split here, so that the launcher parses nothing. */
export function execCandidates(program: string, env: readonly string[]): string[] {
  if (program.includes("/")) return [program];
  const path = env.findLast((entry) => entry.startsWith("PATH="))?.slice("PATH=".length) ?? DEFAULT_PATH;
  return path.split(":").map((directory) => (directory === "" ? `./${program}` : `${directory}/${program}`));
}

/** execve(2), with exactly the environment that the configuration says. */
export function execOp(process: Process): Op {
  const env = process.env ?? [];
  const argv = process.args ?? [];
  return op("exec", { candidates: execCandidates(argv[0] ?? "", env), argv, env }, "process.args");
}

/**
 * Group list, group and user, in the only order that works: each step needs the privileges that the next gives up.
 * Where the user namespace denies setgroups(2), an empty list is left as it is: it cannot be had.
 */
export function userOps(process: Process, options: { readonly setgroupsDenied: boolean }): Op[] {
  const user = process.user ?? { uid: 0, gid: 0 };
  const groups = user.additionalGids ?? [];
  const gids = new Uint8Array(new Uint32Array(groups).buffer);
  return [
    // Without this the container would keep the caller's groups: docker's or shadow's, for one.
    ...(options.setgroupsDenied && groups.length === 0 ? [] : [op("setgroups", { gids }, "process.user.additionalGids")]),
    op("setgid", { gid: user.gid }, "process.user.gid"),
    op("setuid", { uid: user.uid }, "process.user.uid"),
  ];
}

export function umaskOp(process: Process): Op {
  return op("umask", { mask: process.user?.umask ?? DEFAULT_UMASK }, "process.user.umask");
}

/** A container's own is made if it is missing, as other runtimes do; checked to lie inside of the root (CVE-2024-21626). */
export function chdirOp(process: Process, { create }: { readonly create: boolean }): Op {
  return op("chdir", { path: process.cwd, create: create ? 1 : 0 }, "process.cwd");
}
