// Runs the built program and the runtime with the roots of a test, as the caller or as an ordinary user.
import { join } from "node:path";
import { type ExecutableName, openBin } from "./executables.ts";
import type { TestRoots } from "./roots.ts";
import { type Outcome, type RunOptions, run } from "./run.ts";
import type { Account } from "./user.ts";

/** The environment that gives `teu` a test's roots, and, as root, a cgroup of the test's for its containers. */
export function rootsEnvironment(roots: TestRoots, account?: Account): Readonly<Record<string, string>> {
  const cgroup = account === undefined ? { TEU_CGROUP_PARENT: `/${roots.mark}` } : {};
  return { TEU_ROOT: roots.root, TEU_RUN_ROOT: roots.runRoot, TEU_NETWORK: "none", ...cgroup };
}

/** The command that starts an executable which the account of a test can reach. */
export async function reachable(name: ExecutableName): Promise<string> {
  return join(await openBin(), name);
}

/** Runs `teu`, with the test's roots when given. */
export async function teu(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const roots = options.roots === undefined ? {} : rootsEnvironment(options.roots, options.user);
  return run([await reachable("teu"), ...args], { ...options, env: { ...roots, ...options.env } });
}

/** Runs `teu-runtime`, its state below the test's roots when given. */
export async function teuRuntime(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const root = options.roots === undefined ? [] : ["--root", join(options.roots.runRoot, "runtime")];
  return run([await reachable("teu-runtime"), ...root, ...args], options);
}
