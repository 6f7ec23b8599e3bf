// A test's own engine: data and run directories below /tmp that no other engine on the machine knows, gone when the test ends.
import { chmodSync, chownSync, mkdirSync, mkdtempSync } from "node:fs";
import { basename, join } from "node:path";
import { describeLeftovers, leftovers, sweep } from "./leftovers.ts";
import { newMark } from "./mark.ts";
import type { Account } from "./user.ts";

export interface TestRoots {
  /** Stands in every name below; container ids of the test begin with it (`id`). */
  readonly mark: string;
  /** The directory that holds everything of this test. */
  readonly directory: string;
  /** For `--root`. */
  readonly root: string;
  /** For `--run-root`. */
  readonly runRoot: string;
  /** A container id (and cgroup name) that the sweep finds. */
  id(name: string): string;
  /** A path in the test's directory. */
  path(...parts: readonly string[]): string;
}

export interface RootsOptions {
  /** Whose the directories are; the caller's own by default. */
  readonly owner?: Account;
  /** `refuse` (default): a test that passes but left a process, mount or cgroup behind fails; `sweep`: just removed. */
  readonly leftovers?: "refuse" | "sweep";
}

function makeRoots(owner: Account | undefined): TestRoots {
  const directory = mkdtempSync(`/tmp/${newMark()}-`);
  const mark = basename(directory);
  const roots: TestRoots = {
    mark,
    directory,
    root: join(directory, "root"),
    runRoot: join(directory, "run"),
    id: (name) => `${mark}-${name}`,
    path: (...parts) => join(directory, ...parts),
  };
  // Processes of a user namespace have to reach the bundles below.
  chmodSync(directory, 0o755);
  for (const path of [roots.root, roots.runRoot]) mkdirSync(path, { mode: 0o700 });
  if (owner !== undefined) for (const path of [directory, roots.root, roots.runRoot]) chownSync(path, owner.uid, owner.gid);
  return roots;
}

/** Roots that are open until they are closed: for files that share an engine between their tests. */
export interface OpenRoots extends TestRoots {
  /**
   * Removes everything that bears the mark.
   * @throws Error, after the removal, when something was left behind and `options.leftovers` refuses it.
   */
  close(): Promise<void>;
}

/** Makes roots; whoever opens them closes them. */
export function openRoots(options: RootsOptions = {}): OpenRoots {
  const roots = makeRoots(options.owner);
  return {
    ...roots,
    async close() {
      const left = options.leftovers === "sweep" ? [] : await lastingLeftovers(roots.mark);
      await sweep(roots.mark, roots.directory);
      if (left.length > 0) throw new Error(`left behind:\n  ${left.join("\n  ")}`);
    },
  };
}

const LASTING_MS = 3_000;

/** The exit of a killed process is seen by others a moment after its parent has seen it: only what stays counts. */
async function lastingLeftovers(mark: string): Promise<readonly string[]> {
  for (const end = performance.now() + LASTING_MS; ; ) {
    const left = describeLeftovers(leftovers(mark));
    if (left.length === 0 || performance.now() > end) return left;
    await Bun.sleep(50);
  }
}

/**
 * Runs a test's body with roots of its own and removes everything that bears their mark, however the body ends.
 * @throws Error when the body passed and left something behind (see `RootsOptions.leftovers`).
 */
export async function withRoots<T>(body: (roots: TestRoots) => Promise<T>, options: RootsOptions = {}): Promise<T> {
  const roots = openRoots(options);
  let result: T;
  try {
    result = await body(roots);
  } catch (error) {
    await sweep(roots.mark, roots.directory);
    throw error;
  }
  await roots.close();
  return result;
}
